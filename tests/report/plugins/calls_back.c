// Calls the given function from a static function, which no dynamic symbol names.
typedef void (*Hook)(void);

static int calls;

static __attribute__((noinline)) void hidden_caller(Hook hook) {
  hook();  // here
  ++calls;
}

// A name that would be a type's, were it C++'s: void.
void v(void) { ++calls; }

void call_from_static(Hook hook) {
  hidden_caller(hook);
  ++calls;
}
