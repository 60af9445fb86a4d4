// Demangles Rust function names (source_line.hpp): a recursive-descent parser for each of the two
// manglings. A malformed name throws an exception that does not leave this file. Depth and length
// are bounded, because back references could make a name endless.
#include "base/source_line.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace surisim::base {
namespace {

struct Malformed {};

constexpr std::size_t kLongest = 4096;
constexpr int kDeepest = 100;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); }

const char* basic_type(char tag) {
  static constexpr std::pair<char, const char*> kTypes[] = {
      {'a', "i8"},   {'b', "bool"},  {'c', "char"},  {'d', "f64"}, {'e', "str"}, {'f', "f32"},
      {'h', "u8"},   {'i', "isize"}, {'j', "usize"}, {'l', "i32"}, {'m', "u32"}, {'n', "i128"},
      {'o', "u128"}, {'s', "i16"},   {'t', "u16"},   {'u', "()"},  {'v', "..."}, {'x', "i64"},
      {'y', "u64"},  {'z', "!"},     {'p', "_"}};
  for (const auto& [known, name] : kTypes)
    if (known == tag) return name;
  return nullptr;
}

class V0 {
 public:
  explicit V0(std::string_view text) : text_(text) {}

  std::string name() {
    path(true);
    if (!at_end()) {  // the crate in which it was instantiated
      silent_ = true;
      path(false);
    }
    if (!at_end()) throw Malformed();
    return std::move(out_);
  }

 private:
  struct Identifier {
    std::uint64_t disambiguator = 0;
    std::string name;
  };
  struct Depth {
    explicit Depth(int& depth) : depth_(depth) {
      if (++depth_ > kDeepest) throw Malformed();
    }
    ~Depth() { --depth_; }
    Depth(const Depth&) = delete;
    Depth& operator=(const Depth&) = delete;
    int& depth_;
  };

  bool at_end() const { return at_ == text_.size(); }
  char peek() const { return at_end() ? '\0' : text_[at_]; }
  char take() {
    if (at_end()) throw Malformed();
    return text_[at_++];
  }
  bool accept(char c) {
    if (peek() != c || at_end()) return false;
    ++at_;
    return true;
  }
  void put(std::string_view text) {
    if (silent_) return;
    out_ += text;
    if (out_.size() > kLongest) throw Malformed();
  }

  std::uint64_t base62() {
    if (accept('_')) return 0;
    std::uint64_t value = 0;
    for (char c = take(); c != '_'; c = take()) {
      const int digit = is_digit(c)            ? c - '0'
                        : c >= 'a' && c <= 'z' ? c - 'a' + 10
                        : c >= 'A' && c <= 'Z' ? c - 'A' + 36
                                               : -1;
      if (digit < 0 || value > (UINT64_MAX - 64) / 62) throw Malformed();
      value = value * 62 + static_cast<std::uint64_t>(digit);
    }
    return value + 1;
  }
  std::uint64_t optional62(char tag) { return accept(tag) ? base62() + 1 : 0; }

  std::string undisambiguated() {
    const bool is_punycode = accept('u');
    if (!is_digit(peek())) throw Malformed();
    std::size_t length = 0;
    if (!accept('0'))
      while (is_digit(peek())) {
        length = length * 10 + static_cast<std::size_t>(take() - '0');
        if (length > text_.size()) throw Malformed();
      }
    accept('_');
    if (length > text_.size() - at_) throw Malformed();
    std::string name(text_.substr(at_, length));
    at_ += length;
    return is_punycode ? "punycode{" + name + "}" : name;
  }
  Identifier identifier() {
    const std::uint64_t disambiguator = optional62('s');
    return {disambiguator, undisambiguated()};
  }

  // Parses once more what is at an earlier position.
  template <class Parse>
  void back_reference(Parse parse) {
    const std::size_t from = at_ - 1;
    const std::uint64_t to = base62();
    if (to >= from) throw Malformed();
    if (silent_) return;
    const std::size_t after = std::exchange(at_, static_cast<std::size_t>(to));
    parse();
    at_ = after;
  }

  void impl_path() {
    const bool was_silent = std::exchange(silent_, true);
    (void)optional62('s');
    path(false);
    silent_ = was_silent;
  }

  void nested(bool is_value) {
    const char space = take();
    path(is_value);
    const Identifier last = identifier();
    if (space >= 'a' && space <= 'z') {
      if (!last.name.empty()) put("::" + last.name);
      return;
    }
    const std::string kind = space == 'C'   ? "closure"
                             : space == 'S' ? "shim"
                                            : std::string(1, space);
    put(fmt::format("::{{{}{}{}#{}}}", kind, last.name.empty() ? "" : ":", last.name,
                    last.disambiguator));
  }

  // `is_value`: generic arguments are written with "::" before them.
  void path(bool is_value) {
    const Depth depth(depth_);
    switch (take()) {
      case 'C':
        return put(identifier().name);
      case 'M':
        impl_path();
        put("<");
        type();
        return put(">");
      case 'X':
        impl_path();
        [[fallthrough]];
      case 'Y':
        put("<");
        type();
        put(" as ");
        path(false);
        return put(">");
      case 'N':
        return nested(is_value);
      case 'I':
        path(is_value);
        put(is_value ? "::<" : "<");
        list([this] { generic_argument(); });
        return put(">");
      case 'B':
        return back_reference([this, is_value] { path(is_value); });
      default:
        throw Malformed();
    }
  }

  template <class Parse>
  std::size_t list(Parse parse) {
    std::size_t n = 0;
    for (; !accept('E'); ++n) {
      if (n > 0) put(", ");
      parse();
    }
    return n;
  }

  void generic_argument() {
    if (accept('L')) {
      (void)base62();
      return put("'_");
    }
    if (accept('K')) return constant();
    type();
  }

  void constant() {
    const Depth depth(depth_);
    if (accept('B')) return back_reference([this] { constant(); });
    const char tag = take();
    if (tag == 'p') return put("_");
    if (basic_type(tag) == nullptr) throw Malformed();
    if (accept('n')) put("-");
    std::uint64_t value = 0;
    std::size_t digits = 0;
    for (char c = take(); c != '_'; c = take(), ++digits) {
      if (!is_hex(c)) throw Malformed();
      value = value * 16 + static_cast<std::uint64_t>(is_digit(c) ? c - '0' : c - 'a' + 10);
    }
    if (tag == 'b') return put(value != 0 ? "true" : "false");
    put(digits > 16 ? "…" : std::to_string(value));
  }

  void reference(std::string_view before) {
    if (accept('L')) (void)base62();
    put(before);
    type();
  }

  void type() {
    const Depth depth(depth_);
    const char tag = peek();
    if (const char* const basic = basic_type(tag)) {
      ++at_;
      return put(basic);
    }
    switch (tag) {
      case 'A':
      case 'S':
        ++at_;
        put("[");
        type();
        if (tag == 'A') {
          put("; ");
          constant();
        }
        return put("]");
      case 'T': {
        ++at_;
        put("(");
        const std::size_t n = list([this] { type(); });
        return put(n == 1 ? ",)" : ")");
      }
      case 'R':
        ++at_;
        return reference("&");
      case 'Q':
        ++at_;
        return reference("&mut ");
      case 'P':
        ++at_;
        put("*const ");
        return type();
      case 'O':
        ++at_;
        put("*mut ");
        return type();
      case 'F':
        ++at_;
        return function_type();
      case 'D':
        ++at_;
        return dyn_type();
      case 'B':
        ++at_;
        return back_reference([this] { type(); });
      default:
        path(false);
    }
  }

  void function_type() {
    (void)optional62('G');
    if (accept('U')) put("unsafe ");
    if (accept('K')) {
      std::string abi = accept('C') ? "C" : undisambiguated();
      std::replace(abi.begin(), abi.end(), '_', '-');
      put("extern \"" + abi + "\" ");
    }
    put("fn(");
    list([this] { type(); });
    put(")");
    if (accept('u')) return;
    put(" -> ");
    type();
  }

  void dyn_type() {
    (void)optional62('G');
    put("dyn ");
    for (bool first = true; !accept('E'); first = false) {
      if (!first) put(" + ");
      path(false);
      while (accept('p')) {
        put(" " + undisambiguated() + "=");
        type();
      }
    }
    if (!accept('L')) throw Malformed();
    (void)base62();
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::string out_;
  bool silent_ = false;
  int depth_ = 0;
};

// "$LT$", "$u7b$" and the like.
std::string unescaped(std::string_view code) {
  static constexpr std::pair<std::string_view, const char*> kCodes[] = {
      {"SP", "@"}, {"BP", "*"}, {"RF", "&"}, {"LT", "<"},
      {"GT", ">"}, {"LP", "("}, {"RP", ")"}, {"C", ","}};
  for (const auto& [known, text] : kCodes)
    if (known == code) return text;
  if (code.size() < 2 || code.size() > 4 || code.front() != 'u' ||
      !std::all_of(code.begin() + 1, code.end(), is_hex))
    throw Malformed();
  unsigned value = 0;
  for (const char c : code.substr(1))
    value = value * 16 + static_cast<unsigned>(is_digit(c) ? c - '0' : c - 'a' + 10);
  return value < 0x80 ? std::string(1, static_cast<char>(value)) : "?";
}

std::string legacy_element(std::string_view text) {
  std::string out;
  if (text.starts_with("_$")) text.remove_prefix(1);
  while (!text.empty()) {
    if (text.starts_with("..")) {
      out += "::";
      text.remove_prefix(2);
    } else if (text.front() == '$') {
      const std::size_t end = text.find('$', 1);
      if (end == std::string_view::npos) throw Malformed();
      out += unescaped(text.substr(1, end - 1));
      text.remove_prefix(end + 1);
    } else {
      out += text.front();
      text.remove_prefix(1);
    }
  }
  return out;
}

// The last element is a hash: "h" and 16 hexadecimal digits. C++ has no such names.
std::string legacy(std::string_view text) {
  std::string out;
  for (;;) {
    std::size_t length = 0;
    while (!text.empty() && is_digit(text.front()) && length <= text.size()) {
      length = length * 10 + static_cast<std::size_t>(text.front() - '0');
      text.remove_prefix(1);
    }
    if (length == 0 || length >= text.size()) throw Malformed();
    const std::string_view element = text.substr(0, length);
    text.remove_prefix(length);
    if (text == "E") {
      const bool is_hash = length == 17 && element.front() == 'h' &&
                           std::all_of(element.begin() + 1, element.end(), is_hex);
      if (!is_hash || out.empty()) throw Malformed();
      return out;
    }
    out += (out.empty() ? "" : "::") + legacy_element(element);
  }
}

}  // namespace

std::string_view without_suffix(std::string_view symbol) {
  return symbol.substr(0, symbol.find(".llvm."));
}

std::optional<std::string> demangled_rust(std::string_view symbol) {
  try {
    if (symbol.starts_with("_R")) return V0(symbol.substr(2, symbol.find('.') - 2)).name();
    if (symbol.starts_with("_ZN")) return legacy(symbol.substr(3));
  } catch (const Malformed&) {  // a name of C++ or another language
  }
  return std::nullopt;
}

}  // namespace surisim::base
