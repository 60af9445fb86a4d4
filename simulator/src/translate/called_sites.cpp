// A table by address; what is in it stays where it is.
#include "translate/called_sites.hpp"

#include <algorithm>

namespace surisim::translate {

std::size_t CalledSites::place_of(std::uintptr_t key) const {
  constexpr std::uintptr_t kSpread = 0x9e3779b97f4a7c15;
  std::size_t place = key * kSpread >> 50;  // 14 bits
  for (;; place = (place + 1) % kPlaces) {
    const std::uintptr_t there = __atomic_load_n(&places_[place].key, __ATOMIC_ACQUIRE);
    if (there == key || there == 0) return place;
  }
}

std::uint32_t CalledSites::find(std::uintptr_t at, bool writes) const {
  const Place& place = places_[place_of(key_of(at, writes))];
  return __atomic_load_n(&place.key, __ATOMIC_ACQUIRE) == 0 ? kNone : place.site;
}

std::uint32_t CalledSites::add(SiteTable& sites, const Site& site) {
  const std::uintptr_t key = key_of(site.address, site.writes);
  Place& place = places_[place_of(key)];
  if (place.key == key) return place.site;
  if (used_ == kPlaces / 2 || sites.sites.is_full()) return kNone;
  ++used_;
  place.site = static_cast<std::uint32_t>(sites.sites.size());
  sites.details.add({});
  sites.sites.add(site);
  __atomic_store_n(&place.key, key, __ATOMIC_RELEASE);
  return place.site;
}

bool CalledSites::set_point(std::uintptr_t at, bool on) {
  std::uintptr_t* const known = std::find(points_.begin(), points_.end(), at);
  if (!on && known != points_.end()) *known = 0;
  if (on && known == points_.end()) {
    std::uintptr_t* const free = std::find(points_.begin(), points_.end(), std::uintptr_t{0});
    if (free != points_.end())
      *free = at;
    else if (!points_.is_full())
      points_.add(at);
  }
  return find(at, false) != kNone || find(at, true) != kNone;
}

bool CalledSites::is_point(std::uintptr_t at) const {
  return std::find(points_.begin(), points_.end(), at) != points_.end();
}

}  // namespace surisim::translate
