// Opens, writes and closes the files of EVE records.
#include "outputs/eve_files.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
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

struct EveFile {
  struct Close {
    void operator()(std::FILE* opened) const { std::fclose(opened); }
  };
  std::string name;
  bool of_thread;
  std::unique_ptr<std::FILE, Close> stream;
};

EveFiles::EveFiles()
    : directory_([] {
        std::error_code unknown;
        const std::string now = std::filesystem::current_path(unknown).string();
        return unknown ? "" : now + "/";
      }()) {}
EveFiles::~EveFiles() = default;

expected<EveFile*> EveFiles::open(const std::string& name, bool append) {
  const MutexLock lock(mutex_);
  return open_locked(name, append, false);
}

expected<EveFile*> EveFiles::open_for_thread(const std::string& name, bool append) {
  const MutexLock lock(mutex_);
  return open_locked(numbered(name, ++number_), append, true);
}

void EveFiles::skip_number() {
  const MutexLock lock(mutex_);
  ++number_;
}

expected<EveFile*> EveFiles::open_locked(const std::string& name, bool append, bool of_thread) {
  std::unique_ptr<EveFile>& file = files_[name];
  if (file != nullptr) return file.get();
  auto made = std::make_unique<EveFile>(EveFile{name, of_thread, nullptr});
  made->stream.reset(private_.open(name.starts_with('/') ? name : directory_ + name, append));
  if (made->stream == nullptr) return fail(ErrorCode::invalid_option, why(name));
  file = std::move(made);
  return file.get();
}

void EveFiles::write(EveFile& file, std::string_view line) {
  const MutexLock lock(mutex_);
  if (std::fwrite(line.data(), 1, line.size(), file.stream.get()) != line.size() ||
      std::fputc('\n', file.stream.get()) == EOF)
    note_failure(file);
}

void EveFiles::note_failure(const EveFile& file) {
  if (!failed_.empty()) return;
  lost_descriptor_ = errno == EBADF;
  failed_ = why(file.name);
}

void EveFiles::failed(const Error& error) {
  const MutexLock lock(mutex_);
  if (failed_.empty()) failed_ = error.message;
}

expected<void> EveFiles::close() {
  const MutexLock lock(mutex_);
  for (const auto& [name, file] : files_) {
    if (file != nullptr && std::fflush(file->stream.get()) != 0) note_failure(*file);
  }
  std::erase_if(files_,
                [](const auto& file) { return file.second == nullptr || file.second->of_thread; });
  if (!failed_.empty()) return fail(ErrorCode::write_failed, failed_);
  return {};
}

}  // namespace surisim::engine
