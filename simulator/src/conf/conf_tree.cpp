// Creates and frees the nodes of the tree, with the C functions that plugins use; parses durations.
#include "conf/conf_tree.hpp"

#include <array>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

#include "base/text.hpp"

namespace surisim::conf {

void ConfTree::reset() {
  for (SCConfNode* tree : {std::exchange(root_, nullptr), std::exchange(backup_, nullptr)})
    if (tree != nullptr) SCConfNodeFree(tree);
  init();
}

void ConfTree::init() {
  if (root_ == nullptr) root_ = SCConfNodeNew();
}

void ConfTree::free_root() {
  if (SCConfNode* const tree = std::exchange(root_, nullptr)) SCConfNodeFree(tree);
}

void ConfTree::back_up() { backup_ = std::exchange(root_, nullptr); }

void ConfTree::restore() { root_ = std::exchange(backup_, nullptr); }

namespace {

bool unlink_below(SCConfNode& parent, SCConfNode* node) {
  SCConfNode* child = nullptr;
  TAILQ_FOREACH(child, &parent.head, next) {
    if (child == node) {
      TAILQ_REMOVE(&parent.head, node, next);
      return true;
    }
    if (unlink_below(*child, node)) return true;
  }
  return false;
}

}  // namespace

bool ConfTree::unlink(SCConfNode* node) {
  return root_ != nullptr && root_ != node && unlink_below(*root_, node);
}

SCConfNode* new_named_node(const char* name) {
  SCConfNode* const node = SCConfNodeNew();
  if (node == nullptr) return nullptr;
  node->name = ::strdup(name);
  if (node->name == nullptr) {
    SCConfNodeFree(node);
    return nullptr;
  }
  return node;
}

char* set_node_value(SCConfNode& node, const char* value) {
  std::free(node.val);
  node.val = ::strdup(value);
  return node.val;
}

// Durations. The grammar is that of the Rust crate humantime 2.3, to which Suricata passes the text
// in lower case.

namespace {

struct Unit {
  std::string_view names;
  std::uint64_t seconds;      // 0: less than a second
  std::uint64_t nanoseconds;  // if less than a second
};

constexpr std::array kUnits = {
    Unit{"nanos nsec ns", 0, 1},
    Unit{"usec us \u00b5s", 0, 1000},
    Unit{"millis msec ms", 0, 1'000'000},
    Unit{"seconds second secs sec s", 1, 0},
    Unit{"minutes minute min mins m", 60, 0},
    Unit{"hours hour hr hrs h", 3600, 0},
    Unit{"days day d", 86'400, 0},
    Unit{"weeks week wk wks w", 604'800, 0},
    Unit{"months month", 2'630'016, 0},
    Unit{"years year yr yrs y", 31'557'600, 0},
};

bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
// Letters, and the bytes of the micro sign: no unit has others.
bool is_unit(char c) { return (c >= 'a' && c <= 'z') || (static_cast<unsigned char>(c) & 0x80); }

struct Sum {
  std::uint64_t seconds = 0;
  std::uint64_t nanoseconds = 0;

  bool add(std::uint64_t count, std::string_view name) {
    for (const Unit& unit : kUnits) {
      if (!base::has_word(unit.names, name)) continue;
      std::uint64_t s = 0;
      std::uint64_t ns = 0;
      if (__builtin_mul_overflow(count, unit.seconds, &s)) return false;
      if (__builtin_mul_overflow(count, unit.nanoseconds, &ns)) return false;
      if (__builtin_add_overflow(ns, nanoseconds, &ns)) return false;
      if (__builtin_add_overflow(s, ns / 1'000'000'000, &s)) return false;
      nanoseconds = ns % 1'000'000'000;
      return !__builtin_add_overflow(seconds, s, &seconds);
    }
    return false;
  }
};

// Reads a number, with blanks allowed between its digits. False: there is none, or it is too large.
bool take_number(std::string_view& text, std::uint64_t& number) {
  if (text.empty() || !is_digit(text.front())) return false;
  number = 0;
  while (!text.empty() && (is_digit(text.front()) || is_blank(text.front()))) {
    const char c = text.front();
    text.remove_prefix(1);
    if (is_blank(c)) continue;
    if (__builtin_mul_overflow(number, std::uint64_t{10}, &number)) return false;
    if (__builtin_add_overflow(number, static_cast<std::uint64_t>(c - '0'), &number)) return false;
  }
  return true;
}

std::string_view take_unit(std::string_view& text) {
  std::size_t length = 0;
  while (length < text.size() && is_unit(text[length])) ++length;
  const std::string_view unit = text.substr(0, length);
  text.remove_prefix(length);
  return unit;
}

void skip_blanks(std::string_view& text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
}

}  // namespace

bool parse_duration(const char* input, std::uint64_t& seconds) {
  std::string lower;
  for (const char* c = input; *c != '\0'; ++c)
    lower += *c >= 'A' && *c <= 'Z' ? static_cast<char>(*c - 'A' + 'a') : *c;
  while (!lower.empty() && is_blank(lower.back())) lower.pop_back();
  std::string_view text = lower;
  skip_blanks(text);
  if (text.empty()) return false;
  const bool only_digits = text.find_first_not_of("0123456789") == std::string_view::npos;
  Sum sum;
  while (!text.empty()) {
    std::uint64_t number = 0;
    if (!take_number(text, number)) return false;
    if (!sum.add(number, only_digits ? "s" : take_unit(text))) return false;
    skip_blanks(text);
  }
  seconds = sum.seconds;
  return true;
}

}  // namespace surisim::conf
