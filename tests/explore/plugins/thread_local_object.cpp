// A thread_local variable of the main thread whose destructor runs when the thread ends.
#include <string>

extern "C" {
#include "plugin.h"
}

namespace {

thread_local std::string text;

void Init() { text = "longer than what fits into the object"; }

}  // namespace

extern "C" {
PLUGIN(Init)
}
