// The catalogue's texts, a file per family of rules.
#pragma once

#include <span>

#include "surisim/rules.hpp"

namespace surisim::check {

std::span<const Rule> registration_rules();
std::span<const Rule> callback_rules();
std::span<const Rule> access_rules();
std::span<const Rule> value_rules();
std::span<const Rule> process_rules();
std::span<const Rule> loading_rules();

}  // namespace surisim::check
