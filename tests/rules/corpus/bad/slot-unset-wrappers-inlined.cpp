// The same with the wrappers inlined: they are part of the caller.
#include "slot-unset-wrappers.cpp"
