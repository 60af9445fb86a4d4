#include "outputs/eve_files.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace surisim::engine {

namespace {

std::string numbered(const std::string& name, std::uint32_t number) {
  if (name == "/dev/null") return name;
  const std::size_t slash = name.rfind('/');
  const std::size_t dot = name.rfind('.');
  if (dot == std::string::npos || (slash != std::string::npos && dot < slash))
    return fmt::format("{}.{}", name, number);
  return fmt::format("{}.{}{}", name.substr(0, dot), number, name.substr(dot));
}

std::string why(const std::string& name) {
  return fmt::format("cannot write EVE records to \"{}\": {}", name, std::strerror(errno));
}

}  // namespace

expected<void> EveFiles::open(const std::string& name, bool append, bool threaded) {
  const std::lock_guard lock(mutex_);
  name_ = name;
  append_ = append;
  threaded_ = threaded;
  if (name_.empty() || !files_.empty()) return {};
  return open_next();
}

expected<void> EveFiles::open_next() {
  const std::string name = threaded_ ? numbered(name_, ++number_) : name_;
  spare_.reset(std::fopen(name.c_str(), append_ ? "a" : "w"));
  if (spare_ == nullptr) return fail(ErrorCode::invalid_option, why(name));
  return {};
}

void EveFiles::thread_init(const void* thread) {
  if (name_.empty() || !threaded_) return;
  const std::lock_guard lock(mutex_);
  file_of(thread);
}

std::FILE* EveFiles::file_of(const void* thread) {
  File& file = files_[threaded_ ? thread : nullptr];
  if (file != nullptr) return file.get();
  if (spare_ == nullptr) {
    if (const auto opened = open_next(); !opened && failed_.empty())
      failed_ = opened.error().message;
  }
  file = std::move(spare_);
  return file.get();
}

void EveFiles::write(const void* thread, std::string_view prefix, std::string_view line) {
  if (name_.empty()) return;
  const std::lock_guard lock(mutex_);
  std::FILE* const file = file_of(thread);
  if (file == nullptr) return;
  if (std::fwrite(prefix.data(), 1, prefix.size(), file) != prefix.size() ||
      std::fwrite(line.data(), 1, line.size(), file) != line.size() ||
      std::fputc('\n', file) == EOF) {
    if (failed_.empty()) failed_ = why(name_);
  }
}

expected<void> EveFiles::close() {
  const std::lock_guard lock(mutex_);
  for (const auto& [thread, file] : files_) {
    if (file != nullptr && std::fflush(file.get()) != 0 && failed_.empty()) failed_ = why(name_);
  }
  if (threaded_) {
    files_.clear();
    spare_.reset();
  }
  if (!failed_.empty()) return fail(ErrorCode::write_failed, failed_);
  return {};
}

}  // namespace surisim::engine
