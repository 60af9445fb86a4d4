// Text for a terminal: lines that fit its width.
//
// When:    before text is written.
// Owner:   values.
// Threads: any.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace surisim::cli {

// The terminal's width; if it does not say, that of COLUMNS; 0: unknown.
std::size_t columns_of(int terminal);

// Breaks lines that are longer than `columns` at spaces; 0: none. What follows is indented to the
// last column of a table that begins in the left half, or else by two. Commands to be copied stay
// whole.
std::string fitted(std::string_view text, std::size_t columns);

}  // namespace surisim::cli
