// Implements object.hpp, except translating (translate.cpp) and counting (count_instructions.cpp):
// attaching to a library, its entries and its points.
#include "translate/object.hpp"

#include <fmt/core.h>
#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

namespace surisim::translate {
namespace {

constexpr std::uint8_t kNop = 0x90;
// A translation is about 6 times as large as the function, at most about 20 times.
constexpr std::size_t kGrowth = 24;
constexpr std::size_t kMinBytes = std::size_t{1} << 20;

tl::unexpected<Error> refused(const std::string& path, const char* what, int error) {
  return fail(
      ErrorCode::engine_refused,
      fmt::format("the code of {} cannot be translated, because the system refuses {} ({}); "
                  "expected a system that allows code to be changed, or a run without "
                  "translation",
                  path, what, std::strerror(error)));
}

tl::unexpected<Error> without_functions(const std::string& path) {
  return fail(ErrorCode::engine_refused,
              fmt::format("{} has no unwind information (.eh_frame) for its functions, so they "
                          "cannot be found; expected a library that was compiled without "
                          "-fno-asynchronous-unwind-tables",
                          path));
}

std::size_t longest(const UnwindInfo& unwind) {
  std::size_t max = 0;
  for (const Function& one : unwind.functions) max = std::max(max, one.end - one.begin);
  return max;
}

}  // namespace

expected<std::unique_ptr<Object>> Object::create(void* library, std::uint32_t number,
                                                 SiteTable& sites, Stats& stats, bool count) {
  expected<LoadedObject> loaded = find_loaded_object(library);
  if (!loaded) return tl::make_unexpected(loaded.error());
  const std::string path = loaded->path;
  const UnwindInfo unwind = read_unwind_info(loaded->unwind_header, loaded->unwind_header_size);
  auto cache =
      CodeCache::create(loaded->text, loaded->text_size, loaded->text_size * kGrowth + kMinBytes);
  if (!cache) return refused(path, "memory for code beside it", errno);
  try {
    std::unique_ptr<Object> object(
        new Object(std::move(*loaded), std::move(cache), unwind, sites, stats, count));
    if (object->functions_.size() == 0) return without_functions(path);
    if (!object->make_writable()) return refused(path, "to make its code writable", errno);
    object->make_stubs(number);
    return object;
  } catch (const std::bad_alloc&) {
    return fail(ErrorCode::out_of_memory, fmt::format("no memory for translating {}", path));
  }
}

Object::Object(LoadedObject loaded, std::unique_ptr<CodeCache> cache, const UnwindInfo& unwind,
               SiteTable& sites, Stats& stats, bool count)
    : loaded_(std::move(loaded)),
      text_(loaded_.text),
      size_(loaded_.text_size),
      count_(count),
      cache_(std::move(cache)),
      sites_(sites),
      stats_(stats),
      copy_(size_ + 1),
      translated_(size_),
      places_(size_ * 2 + kMinBytes),
      functions_(unwind.functions.size() + 1),
      landing_pads_(unwind.landing_pads.size() + 1),
      detours_(size_),
      pending_points_(size_),
      blocks_(size_),
      middles_(size_),
      entries_(text_, size_),
      moved_(size_ * 8 + kMinBytes),
      out_(cache_->bytes(), cache_->bytes() + cache_->size(), &moved_),
      sequences_(out_, cache_->stop_slot(), reinterpret_cast<std::uintptr_t>(cache_->table())),
      instructions_(longest(unwind) + 1),
      links_(size_ * 2 + kMinBytes),
      jumps_back_(size_),
      queue_(size_),
      openings_(functions_.capacity()),
      returns_(size_) {
  out_.start_again(cache_->bytes() + cache_->code_begin());
  std::memcpy(copy_.data(), reinterpret_cast<const void*>(text_), size_);
  for (const std::uintptr_t pad : unwind.landing_pads)
    if (is_text(pad)) landing_pads_.add(static_cast<std::uint32_t>(pad - text_));
  for (const Function& function : unwind.functions) {
    if (!is_text(function.begin) || function.end > text_ + size_) continue;
    // PLT entries stay native. Functions that are just a jump look like them, but must be counted.
    const bool only_jumps = count_ && function.end - function.begin <= 16;
    if (!only_jumps && is_plt_entry(original_bytes(function.begin), function.end - function.begin))
      continue;
    functions_.add({static_cast<std::uint32_t>(function.begin - text_),
                    static_cast<std::uint32_t>(function.end - text_), 0, 0, State::new_,
                    function.landing_pads_known});
  }
  if (count_) find_blocks();
}

Object::~Object() {
  if (!writable_) return;
  std::memcpy(reinterpret_cast<void*>(text_), copy_.data(), size_);
  const std::uintptr_t begin = text_ & ~(kPage - 1);
  ::mprotect(reinterpret_cast<void*>(begin), text_ + size_ - begin, PROT_READ | PROT_EXEC);
}

bool Object::make_writable() {
  const std::uintptr_t begin = text_ & ~(kPage - 1);
  writable_ = ::mprotect(reinterpret_cast<void*>(begin), text_ + size_ - begin,
                         PROT_READ | PROT_WRITE | PROT_EXEC) == 0;
  return writable_;
}

// Until a function is translated, its begin jumps to a stub, which stops and then tries again.
void Object::make_stubs(std::uint32_t number) {
  std::uint32_t index = 0;
  for (FunctionState& function : functions_) {
    entries_.close(function.begin, function.end);
    entries_.add_arrival(function.begin);
    add_place(text_ + function.begin);
    // Aligned, so that set_stub() can change its distance atomically.
    while ((out_.offset() + 1) % sizeof(std::int32_t) != 0) out_.bytes({kNop});
    function.stub = out_.offset();
    out_.jump_to(reinterpret_cast<std::uintptr_t>(out_.at() + kLongJump));
    sequences_.stop(Reason::first_entry, number << kFunctionBits | index++);
    out_.jump_to(text_ + function.begin);
  }
  // Puts a jump there, unless threads may arrive inside of it: by a return, at the next function's
  // begin, or through a jump table behind a jump.
  for (FunctionState& function : functions_) {
    const std::size_t size = std::min<std::size_t>(kLongJump, function.end - function.begin);
    bool ends = false;
    for (std::size_t done = 0; done < size;) {
      const std::uintptr_t at = text_ + function.begin + done;
      const Instruction one = decode(original_bytes(at), size_ - (at - text_), at);
      ends = ends || one.is_call() || one.length == 0 ||
             (!one.falls_through() && done + one.length < kLongJump);
      done += std::max<std::size_t>(one.length, 1);
    }
    if (ends || size < kLongJump) continue;
    entries_.open(function.begin, function.begin + kLongJump);
    entries_.jump(function.begin, code(function.stub));
  }
}

Object::FunctionState* Object::function_at(std::uintptr_t address) {
  if (!is_text(address)) return nullptr;
  const std::size_t at = address - text_;
  FunctionState* const next = std::upper_bound(
      functions_.begin(), functions_.end(), at,
      [](std::size_t one, const FunctionState& other) { return one < other.begin; });
  if (next == functions_.begin() || at >= next[-1].end) return nullptr;
  return next - 1;
}

void Object::first_entry(std::uint32_t index) {
  if (index >= functions_.size()) return;
  FunctionState& function = functions_[index];
  if (function.state == State::new_) translate(function);
}

std::uintptr_t Object::arrive(std::uintptr_t address) {
  FunctionState* const function = function_at(address);
  if (function == nullptr) return 0;
  if (function->state == State::new_) translate(*function);
  if (function->state == State::native) return address;
  const std::size_t at = address - text_;
  // It may be in the middle of an instruction, as of code that jumps over a prefix.
  if (translated_[at] == 0 && !translate_range(*function, at)) return 0;
  entries_.add_arrival(at);
  const std::uintptr_t entry = code(entry_at(at));
  entries_.jump(at, entry);
  if (!is_known(address)) {
    add_place(address);
    const std::uintptr_t landing = code(out_.offset());
    sequences_.landing();
    out_.jump_to(entry);
    add_known(address, landing);
  }
  return entry;
}

// Restores its bytes; threads at its stub continue there.
void Object::run_natively(FunctionState& function) {
  function.state = State::native;
  ++stats_.native_functions;
  entries_.close(function.begin, function.end);
  std::memcpy(reinterpret_cast<void*>(text_ + function.begin), copy_.data() + function.begin,
              function.end - function.begin);
  set_stub(function, text_ + function.begin);
}

void Object::set_stub(const FunctionState& function, std::uintptr_t target) {
  const auto distance = static_cast<std::int32_t>(
      static_cast<std::int64_t>(target - code(function.stub) - kLongJump));
  auto* const place = reinterpret_cast<std::int32_t*>(cache_->bytes() + function.stub + 1);
  __atomic_store_n(place, distance, __ATOMIC_RELEASE);
}

// Returns the end of the padding (nops and int3) behind a function.
std::size_t Object::padding_after(std::size_t end) const {
  const FunctionState* const next =
      std::lower_bound(functions_.begin(), functions_.end(), end,
                       [](const FunctionState& one, std::size_t at) { return one.begin < at; });
  const std::size_t limit = next == functions_.end() ? size_ : next->begin;
  while (end < limit) {
    const Instruction one = decode(copy_.data() + end, limit - end, text_ + end);
    if (one.length == 0 || !one.is_nop) break;
    end += one.length;
  }
  return end;
}

// Marks where threads may arrive, and puts jumps to the translation there.
void Object::open_entries(const Opening& opening) {
  const FunctionState& function = functions_[opening.function];
  const std::uint32_t* const returns = returns_.begin() + opening.first_return;
  const std::uint32_t* const last_return = returns_.begin() + opening.last_return;
  ++stats_.functions;
  for (std::size_t at = opening.frame_end; opening.jumps_anywhere && at < function.end; ++at)
    if (translated_[at] != 0) entries_.add_arrival(at);
  for (const auto* at = returns; at != last_return; ++at) entries_.add_arrival(*at);
  const auto* const pads =
      std::lower_bound(landing_pads_.begin(), landing_pads_.end(), function.begin);
  const auto* last_pad = pads;
  for (; last_pad != landing_pads_.end() && *last_pad < function.end; ++last_pad)
    entries_.add_arrival(*last_pad);

  // For threads that are at the stub, or on their way to it.
  set_stub(function, code(translated_[function.begin]));
  const bool jumps = entries_.keep_jump(function.begin);
  entries_.open(function.begin, padding_after(function.end));
  if (!jumps) add_entry(function.begin);
  add_known(text_ + function.begin, code(translated_[function.begin]) - kLandingBytes);
  for (const auto* at = pads; at != last_pad; ++at)
    if (translated_[*at] != 0 && *at != function.begin) add_entry(*at);
  for (const auto* at = returns; at != last_return; ++at) {
    if (*at >= function.end) continue;
    add_entry(*at);
    add_known(text_ + *at, code(translated_[*at]) - kLandingBytes);
  }
}

void Object::add_entry(std::size_t at) { entries_.jump(at, code(translated_[at])); }

// Also true if another target with the same low bits is.
bool Object::is_known(std::uintptr_t target) const {
  return cache_->table()[target % kKnownTargets].landing != 0;
}

// An entry is only written once: other threads may be reading it.
void Object::add_known(std::uintptr_t target, std::uintptr_t landing) {
  if (is_known(target)) return;
  KnownTarget& entry = cache_->table()[target % kKnownTargets];
  entry.landing = landing;
  __atomic_store_n(&entry.negated, -static_cast<std::int64_t>(target), __ATOMIC_RELEASE);
}

bool Object::set_point(std::uintptr_t instruction, bool on) {
  FunctionState* const function = function_at(instruction);
  if (function == nullptr) return false;
  const auto at = static_cast<std::uint32_t>(instruction - text_);
  if (function->state == State::new_) {
    std::uint32_t* const place = std::find(pending_points_.begin(), pending_points_.end(), at);
    if (on && place == pending_points_.end()) {
      std::uint32_t* const free =
          std::find(pending_points_.begin(), pending_points_.end(), kNoPoint);
      if (free == pending_points_.end())
        pending_points_.add(at);
      else
        *free = at;
    } else if (!on && place != pending_points_.end()) {
      *place = kNoPoint;
    }
    return true;
  }
  Detour* detour = std::find_if(detours_.begin(), detours_.end(),
                                [at](const Detour& one) { return one.text == at; });
  if (detour == detours_.end()) detour = on ? add_detour(*function, at) : nullptr;
  if (detour == nullptr) return !on;
  switch_detour(*detour, on);
  return true;
}

void Object::switch_detour(Detour& detour, bool on) {
  if (detour.on == on) return;
  detour.on = on;
  std::uint8_t* const first = cache_->bytes() + translated_[detour.text];
  if (on) {
    std::memcpy(detour.before, first, sizeof detour.before);
    Emitter jump(first, first + sizeof detour.before);
    jump.jump_to(code(detour.code));
  } else {
    std::memcpy(first, detour.before, sizeof detour.before);
  }
}

// nullptr: no access is logged there.
Object::Detour* Object::add_detour(FunctionState& function, std::size_t at) {
  if (function.state != State::translated || translated_[at] == 0) return nullptr;
  const std::uintptr_t address = text_ + at;
  const Site* const from = sites_.sites.begin() + function.first_site;
  const Site* const site =
      std::find_if(from, static_cast<const Site*>(sites_.sites.end()),
                   [address](const Site& one) { return one.address == address; });
  if (site == sites_.sites.end()) return nullptr;
  const auto index = static_cast<std::uint32_t>(site - sites_.sites.begin());
  const std::uint8_t* const bytes = original_bytes(address);
  Instruction instruction = decode(bytes, size_ - at, address);
  instruction.ends_run = true;
  add_place(address);
  Detour detour{static_cast<std::uint32_t>(at), out_.offset(), {}, false};
  const std::size_t first_link = links_.size();
  if (!emit_point(instruction, index)) return nullptr;
  link(first_link);
  detours_.add(detour);
  return detours_.end() - 1;
}

std::size_t Object::read_original(std::uintptr_t from, void* to, std::size_t size) const {
  const std::size_t count = std::min(size, size_ - (from - text_));
  std::memcpy(to, original_bytes(from), count);
  return count;
}

Origin Object::original(std::uintptr_t address) const {
  const auto at = static_cast<std::uint32_t>(address - code(0));
  const Place* const place =
      std::upper_bound(places_.begin(), places_.end(), at,
                       [](std::uint32_t one, const Place& other) { return one < other.code; });
  if (place == places_.begin()) return {address, 0};
  const MovedStack* const moved =
      std::upper_bound(moved_.begin(), moved_.end(), at,
                       [](std::uint32_t one, const MovedStack& other) { return one < other.at; });
  return {text_ + place[-1].text, moved == moved_.begin() ? 0 : moved[-1].by};
}

}  // namespace surisim::translate
