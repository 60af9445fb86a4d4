// Any bytes as text in an XML 1.0 document.
#pragma once

#include <string>
#include <string_view>

namespace surisim::report {

// For contents and for attributes in double quotes. What is not UTF-8, and characters that XML does
// not have, become U+FFFD.
std::string xml_escaped(std::string_view text);

}  // namespace surisim::report
