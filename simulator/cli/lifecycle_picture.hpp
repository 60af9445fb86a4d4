// The table of surisim/lifecycle.hpp as a picture, an SVG file: a row a phase, a lane a kind of
// thread.
//
// When:    at any time.
// Owner:   values.
// Threads: any.
#pragma once

#include <string>

namespace surisim::cli {

// Whole, with its own colours for light and dark pages; it needs no other file. docs/lifecycle.svg
// is this.
std::string lifecycle_svg();

}  // namespace surisim::cli
