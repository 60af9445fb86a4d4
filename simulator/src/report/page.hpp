// The page's files, from page/, as they are embedded when surisim is built.
//
// When:    at any time.
// Owner:   constants.
// Threads: any.
#pragma once

#include <string_view>

namespace surisim::report {

extern const std::string_view kPageMarkup;  // has {{title}}, {{style}}, {{data}}, {{script}}
extern const std::string_view kPageStyle;
extern const std::string_view kPageScript;

}  // namespace surisim::report
