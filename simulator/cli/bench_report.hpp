// The reports of surisim bench, from its JSON: as text, and as a page with the distributions.
//
// When:    after the measurements.
// Owner:   values.
// Threads: any.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace surisim::cli {

std::string bench_text(const nlohmann::json& result);
std::string bench_page(const nlohmann::json& result);

}  // namespace surisim::cli
