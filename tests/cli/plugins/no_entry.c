/* A shared object that is not a plugin: it exports no SCPluginRegister. */
int surisim_test_nothing(void);
int surisim_test_nothing(void) { return 0; }
