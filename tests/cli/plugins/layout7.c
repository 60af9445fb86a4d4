/* Built for Suricata 7.x, whose SCPlugin began with the name and had no version. */
struct Plugin7 {
  const char* name;
  const char* license;
  const char* author;
  void (*Init)(void);
};

static void init(void) {}

__attribute__((visibility("default"))) struct Plugin7* SCPluginRegister(void);

struct Plugin7* SCPluginRegister(void) {
  static struct Plugin7 plugin = {"seven", "MIT", "A. Tester", init};
  return &plugin;
}
