// Forgets memory that has been freed.
#include "races/shadow.hpp"

namespace surisim::races {

void Shadow::forget(std::uintptr_t begin, std::uintptr_t end) {
  const std::uintptr_t first = begin / kWord;
  const std::uintptr_t last = (end + kWord - 1) / kWord;
  if (last - first > words_.size()) {
    std::erase_if(
        words_, [first, last](const auto& one) { return one.first >= first && one.first < last; });
    return;
  }
  for (std::uintptr_t word = first; word < last; ++word) words_.erase(word);
}

}  // namespace surisim::races
