// Compares each access with earlier accesses of the same word, by vector clocks (Flanagan and
// Freund: FastTrack, 2009; but it keeps the last accesses of all threads instead of one).
#include "races/detector.hpp"

#include <algorithm>
#include <utility>

#include "base/host_scope.hpp"
#include "races/shadow.hpp"

namespace surisim::races {
namespace {

// How many bytes of a string instruction, a memory function or a freed block are checked.
constexpr std::uint64_t kMostBytes = 4096;
// How many accesses to a word are kept; beyond that the earliest are forgotten.
constexpr std::size_t kMostCells = 64;
// How many conflicts are kept: more do not help the search for schedules.
constexpr std::size_t kMostConflicts = 256;
// A guard variable is aligned, and its first byte says that the static variable is initialised.
constexpr Bytes kFirstByte = 1;

}  // namespace

Detector::Detector(std::function<std::span<const translate::Access>()> accesses,
                   std::function<std::span<const translate::Site>()> sites,
                   std::function<Moment()> now, AtomicSites& atomics,
                   std::function<void(const Race&)> found)
    : accesses_(std::move(accesses)),
      sites_(std::move(sites)),
      now_(std::move(now)),
      atomics_(atomics),
      found_(std::move(found)) {}

Detector::Thread& Detector::thread(ThreadId id) {
  while (threads_.size() <= id) {
    threads_.emplace_back();
    threads_.back().clocks.advance(static_cast<ThreadId>(threads_.size() - 1));
  }
  return threads_[id];
}

void Detector::add(ThreadId id, std::span<const translate::Access> accesses) {
  if (accesses.empty()) return;
  const std::span<const translate::Site> sites = sites_();
  const Moment now = now_();
  for (const translate::Access& one : accesses) {
    const translate::Site& site = sites[one.site];
    const auto* const at = reinterpret_cast<const void*>(site.address);
    Side side{id,           site.writes, false,         Kind::not_atomic, at,
              now.callback, now.phase,   site.function, one.count};
    // Not an atomic: a string instruction, what reads and writes without LOCK, and what is larger
    // than a word or not aligned to its size.
    const bool may_be_atomic = !site.repeated && site.reads != site.writes && site.bytes <= kWord &&
                               one.address % site.bytes == 0;
    if (site.locked || may_be_atomic) side.kind = atomics_.kind(at, site.locked);
    const std::uint64_t bytes =
        std::min(site.repeated ? std::uint64_t{site.bytes} * one.count : site.bytes, kMostBytes);
    Thread& mine = thread(id);
    if (site.reads && site.writes && site.locked) {
      side.writes = true;
      access(mine, side, one.address, one.address + bytes);
    } else {
      if (site.reads) {
        side.writes = false;
        access(mine, side, one.address, one.address + bytes);
      }
      side.writes = true;
      if (site.writes) access(mine, side, one.address, one.address + bytes);
    }
  }
}

void Detector::access(Thread& mine, const Side& side, std::uintptr_t begin, std::uintptr_t end) {
  for (std::uintptr_t word = begin / kWord * kWord; word < end; word += kWord)
    access_word(mine, side, shadow_.at(word), bytes_of(word, begin, end), word);
}

void Detector::access_word(Thread& mine, const Side& given, Word& word, Bytes bytes,
                           std::uintptr_t address) {
  Side side = given;
  // Bytes that an atomic has accessed are an atomic's for all instructions: in C, loads of atomics
  // look like other loads.
  const bool may_be_atomic = side.kind != Kind::not_atomic && side.kind != Kind::relaxed;
  if ((word.atomic & bytes) != 0 && may_be_atomic) side.kind = Kind::atomic;
  for (const Cell& before : word.cells)
    if (before.side.thread != side.thread && (before.bytes & bytes) != 0 &&
        (before.side.writes || side.writes))
      compare(mine, before, side, address);
  const Time time = mine.clocks.sync.of(side.thread);  // before an atomic access advances it
  if (side.kind >= Kind::relaxed) word.atomic |= bytes;
  if (side.kind == Kind::atomic || side.kind == Kind::maybe_atomic)
    atomic_access(mine, side, word, side.kind == Kind::atomic ? Edge::sync : Edge::uncertain);
  // Drop accesses that this one covers: what is ordered after it is ordered after them.
  std::erase_if(word.cells, [&](const Cell& before) {
    if ((before.bytes & ~bytes) != 0 || (before.side.writes && !side.writes)) return false;
    if (before.side.thread == side.thread) return before.side.kind == side.kind || side.writes;
    return side.writes && before.time <= mine.clocks.hand_over.of(before.side.thread);
  });
  if (word.cells.size() >= kMostCells) word.cells.erase(word.cells.begin());
  word.cells.push_back({side, time, bytes, mine.locks});
}

void Detector::atomic_access(Thread& mine, const Side& side, Word& word, Edge edge) {
  if (word.released == nullptr) word.released = std::make_unique<Clocks>();
  // A certain write may be a read-modify-write, which takes over clocks and leaves its own. So does
  // a pure store here, which may hide a race.
  const bool reads = !side.writes || edge == Edge::sync;
  if (reads) mine.clocks.see(*word.released, edge);
  if (side.writes) leave(*word.released, mine, side.thread, edge);
}

void Detector::compare(Thread& mine, const Cell& before, const Side& side, std::uintptr_t address) {
  const ThreadId other = before.side.thread;
  const Clocks& clocks = mine.clocks;
  if (before.time <= clocks.hand_over.of(other)) return;
  if (!share_a_lock(before.locks, mine.locks) && !side.frees)
    note_conflict({before.side.at, false}, {side.at, false});
  if (before.time <= clocks.sync.of(other)) return;
  const auto [least, most] = std::minmax(before.side.kind, side.kind);
  if (most >= Kind::relaxed && least != Kind::not_atomic) return;
  Race race{before.side, side, address, true};
  race.certain = (least == Kind::not_atomic || most != Kind::maybe_atomic) &&
                 before.time > clocks.uncertain.of(other);
  const auto key = std::minmax(before.side.at, side.at);
  const auto [known, is_new] = races_.try_emplace({key.first, key.second}, race);
  if (!is_new && (known->second.certain || !race.certain)) return;
  known->second = race;
  if (race.certain) found_(race);
}

void Detector::leave(Clocks& at, Thread& mine, ThreadId id, Edge edge) {
  at.see(mine.clocks, edge);
  mine.clocks.advance(id);
}

void Detector::note_conflict(const schedule::Place& a, const schedule::Place& b) {
  if (conflicts_.size() < kMostConflicts) conflicts_.insert({a, b});
}

bool Detector::share_a_lock(std::uint32_t a, std::uint32_t b) const {
  const auto& others = lock_sets_[b];
  return std::any_of(lock_sets_[a].begin(), lock_sets_[a].end(), [&others](const void* lock) {
    return std::find(others.begin(), others.end(), lock) != others.end();
  });
}

void Detector::hold(Thread& mine) {
  const auto [known, is_new] =
      lock_set_ids_.try_emplace(mine.held, static_cast<std::uint32_t>(lock_sets_.size()));
  if (is_new) lock_sets_.push_back(mine.held);
  mine.locks = known->second;
}

std::vector<Race> Detector::uncertain() const {
  std::vector<Race> all;
  for (const auto& [places, race] : races_)
    if (!race.certain) all.push_back(race);
  return all;
}

void Detector::begins(ThreadId id) { (void)thread(id); }

void Detector::ends(ThreadId id) {
  catch_up(id);
  leave(ended_, thread(id), id, Edge::hand_over);
}

// The C library gives a new thread the stack of one that has ended.
void Detector::creates(ThreadId id, ThreadId created) {
  catch_up(id);
  (void)thread(std::max(id, created));
  Thread& mine = threads_[id];
  leave(threads_[created].clocks, mine, id, Edge::hand_over);
  threads_[created].clocks.see(ended_, Edge::hand_over);
}

void Detector::joins(ThreadId id, ThreadId ended) {
  catch_up(id);
  (void)thread(std::max(id, ended));
  threads_[id].clocks.see(threads_[ended].clocks, Edge::hand_over);
}

void Detector::pauses(ThreadId id) { catch_up(id); }

void Detector::releases_to(ThreadId id, const void* object, schedule::ReleaseKind how) {
  catch_up(id);
  Clocks& at = objects_[object];
  if (how == schedule::ReleaseKind::replace) at = {};
  if (how == schedule::ReleaseKind::visible_to_loads) {
    Word& word = shadow_.at(reinterpret_cast<std::uintptr_t>(object));
    word.atomic |= kFirstByte;
    if (word.released == nullptr) word.released = std::make_unique<Clocks>();
    word.released->see(thread(id).clocks, Edge::sync);
  }
  leave(at, thread(id), id, Edge::hand_over);
}

void Detector::acquires_from(ThreadId id, const void* object) {
  catch_up(id);
  const auto left = objects_.find(object);
  if (left != objects_.end()) thread(id).clocks.see(left->second, Edge::hand_over);
}

void Detector::locks(ThreadId id, const schedule::Operation& operation,
                     std::span<const schedule::Operation> /*held*/) {
  catch_up(id);
  Thread& mine = thread(id);
  mine.clocks.see(objects_[operation.object], Edge::sync);
  if (operation.act == schedule::Act::lock) mine.clocks.see(readers_[operation.object], Edge::sync);
  mine.held.push_back(operation.object);
  hold(mine);
  if (operation.caller == nullptr) return;
  auto& before = lockers_[operation.object];
  for (const auto& [other, caller] : before)
    if (other != id) note_conflict({caller, true}, {operation.caller, true});
  before.insert({id, operation.caller});
}

void Detector::unlocks(ThreadId id, const schedule::Operation& operation) {
  catch_up(id);
  Thread& mine = thread(id);
  auto& left = operation.act == schedule::Act::share ? readers_ : objects_;
  leave(left[operation.object], mine, id, Edge::sync);
  // The last one: a recursive mutex may be held several times. None if another thread unlocks.
  const auto at = std::find(mine.held.rbegin(), mine.held.rend(), operation.object);
  if (at != mine.held.rend()) mine.held.erase(std::next(at).base());
  hold(mine);
}

void Detector::frees(ThreadId id, const void* block, std::size_t size, const void* caller) {
  catch_up(id);
  const auto begin = reinterpret_cast<std::uintptr_t>(block);
  const Moment now = now_();
  // The last call of a callback may have been compiled to a jump: then the caller is ours.
  const void* const at = base::is_own_code(caller) ? now.function : caller;
  const Side side{id, true, true, Kind::not_atomic, at, now.callback, now.phase};
  Thread& mine = thread(id);
  const std::uintptr_t end = begin + std::min<std::size_t>(size, kMostBytes);
  for (std::uintptr_t byte = begin; byte < end; byte += kWord)
    if (const Word* const word = shadow_.find(byte); word != nullptr)
      for (const Cell& before : word->cells)
        if (before.side.thread != id) compare(mine, before, side, byte);
  shadow_.forget(begin, begin + size);
}

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
