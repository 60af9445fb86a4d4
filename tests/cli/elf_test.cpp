// Goal: the libraries that a plugin file needs are read correctly, and no file can crash the
// reader. Method: compiled plugins, and truncated, patched and scrambled copies of one.
#include "plugin/elf_file.hpp"

#include <elf.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <random>

#include "temp_dir.hpp"

namespace surisim::engine {
namespace {

using surisim::test::read_file;
using surisim::test::TempDir;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;
using Status = ImportedSymbol::Status;

std::string plugin(const std::string& name) {
  return std::string(SURISIM_CLI_PLUGIN_DIR) + "/" + name + ".so";
}

std::string error_of(const std::string& path) {
  const auto file = read_elf_file(path);
  return file ? "no error" : file.error().message;
}

Status status_of(const ElfImports& imports, const std::string& name) {
  for (const ImportedSymbol& s : imports.imports)
    if (s.name == name) return s.status;
  ADD_FAILURE() << "not imported: " << name;
  return Status::missing;
}

std::vector<std::string> missing(const ElfImports& imports) {
  std::vector<std::string> names;
  for (const ImportedSymbol& s : imports.imports)
    if (s.status == Status::missing && !s.weak) names.push_back(s.name);
  return names;
}

TEST(ReadImports, SaysWhereEachSymbolIsDefined) {
  const auto imports = read_imports(plugin("unresolved"));
  ASSERT_TRUE(imports) << imports.error().message;
  EXPECT_EQ(status_of(*imports, "SCThreadStorageRegister"), Status::provided);
  EXPECT_EQ(status_of(*imports, "free"), Status::system);
  EXPECT_EQ(status_of(*imports, "surisim_test_missing_one"), Status::missing);
}

TEST(ReadImports, NamesAllMissingSymbolsNotJustTheFirst) {
  const auto imports = read_imports(plugin("unresolved"));
  ASSERT_TRUE(imports) << imports.error().message;
  EXPECT_THAT(missing(*imports),
              ElementsAre("surisim_test_missing_one", "surisim_test_missing_two"));
}

TEST(ReadImports, AWeakSymbolMayBeMissing) {
  const auto imports = read_imports(plugin("unresolved"));
  ASSERT_TRUE(imports) << imports.error().message;
  for (const ImportedSymbol& s : imports->imports)
    EXPECT_EQ(s.weak && s.status == Status::missing && s.name == "surisim_test_missing_weak",
              s.name == "surisim_test_missing_weak");
}

TEST(ReadImports, ImportsAreSortedByName) {
  const auto imports = read_imports(plugin("good"));
  ASSERT_TRUE(imports) << imports.error().message;
  EXPECT_TRUE(std::is_sorted(imports->imports.begin(), imports->imports.end(),
                             [](const auto& a, const auto& b) { return a.name < b.name; }));
  EXPECT_GE(imports->imports.size(), 5U);
}

TEST(ReadImports, SeesTheEntryPoint) {
  EXPECT_TRUE(read_imports(plugin("good")).value().exports_entry_point);
  EXPECT_FALSE(read_imports(plugin("no_entry")).value().exports_entry_point);
}

TEST(ReadImports, NamesTheLibraryThatIsNotFound) {
  const auto imports = read_imports(plugin("needs_library"));
  ASSERT_TRUE(imports) << imports.error().message;
  EXPECT_THAT(imports->not_found, ElementsAre("libsurisim_test_nowhere.so"));
  EXPECT_THAT(imports->needed, Contains("libsurisim_test_nowhere.so"));
  EXPECT_THAT(missing(*imports), ElementsAre("surisim_test_nothing"));
}

// As ld.so does for a DT_RUNPATH.
TEST(ReadImports, SearchesTheEnvironmentsPathBeforeTheRunPath) {
  const auto by_run_path = read_imports(plugin("has_run_path"));
  ASSERT_TRUE(by_run_path) << by_run_path.error().message;
  EXPECT_THAT(by_run_path->not_found, IsEmpty());
  EXPECT_THAT(missing(*by_run_path), ElementsAre("surisim_test_nothing"));
  ::setenv("LD_LIBRARY_PATH", SURISIM_CLI_NOWHERE_DIR, 1);
  const auto by_environment = read_imports(plugin("has_run_path"));
  ::unsetenv("LD_LIBRARY_PATH");
  ASSERT_TRUE(by_environment) << by_environment.error().message;
  EXPECT_EQ(status_of(*by_environment, "surisim_test_nothing"), Status::system);
}

TEST(ReadImports, FindsALibraryByTheEnvironmentsPath) {
  TempDir dir;
  std::filesystem::copy_file(
      std::filesystem::path(SURISIM_CLI_NOWHERE_DIR) / "libsurisim_test_nowhere.so",
      dir.file("libsurisim_test_nowhere.so"));
  ::setenv("LD_LIBRARY_PATH", dir.path().c_str(), 1);
  const auto imports = read_imports(plugin("needs_library"));
  ::unsetenv("LD_LIBRARY_PATH");
  ASSERT_TRUE(imports) << imports.error().message;
  EXPECT_THAT(imports->not_found, IsEmpty());
  EXPECT_EQ(status_of(*imports, "surisim_test_nothing"), Status::system);
}

// A file in memory, as thousands of versions are needed.
class MemoryFile {
 public:
  MemoryFile() : fd_(::memfd_create("surisim-test", MFD_CLOEXEC)) {}
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  ~MemoryFile() { ::close(fd_); }
  std::string write(std::string_view bytes) const {
    const auto size = static_cast<ssize_t>(bytes.size());
    EXPECT_EQ(::ftruncate(fd_, 0), 0);
    EXPECT_EQ(::pwrite(fd_, bytes.data(), bytes.size(), 0), size);
    return "/proc/self/fd/" + std::to_string(fd_);
  }

 private:
  int fd_;
};

class BadFile : public ::testing::Test {
 protected:
  std::string good_ = read_file(plugin("good"));
  TempDir dir_;
  MemoryFile memory_;

  std::string patched(std::size_t offset, unsigned char value) {
    std::string bytes = good_;
    bytes.at(offset) = static_cast<char>(value);
    return error_of(memory_.write(bytes));
  }
};

TEST_F(BadFile, ThatIsMissingIsReportedWithItsPath) {
  EXPECT_EQ(error_of("/nowhere/p.so"),
            "/nowhere/p.so: no such file; expected a plugin, a shared object (.so)");
}

TEST_F(BadFile, ThatIsADirectory) { EXPECT_THAT(error_of(dir_.path()), HasSubstr("a directory;")); }

TEST_F(BadFile, ThatIsEmpty) {
  EXPECT_THAT(error_of(dir_.write("p.so", "")), HasSubstr("the file is empty;"));
}

TEST_F(BadFile, ThatIsADeviceOrAPipe) {
  EXPECT_THAT(error_of("/dev/null"), HasSubstr("not a regular file;"));
  const std::string fifo = dir_.file("fifo");
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  EXPECT_THAT(error_of(fifo), HasSubstr("not a regular file;"));
}

TEST_F(BadFile, ThatIsText) {
  EXPECT_THAT(error_of(dir_.write("p.so", "INPUT(libfoo.so)\n")),
              HasSubstr("not an ELF file but a text file;"));
}

TEST_F(BadFile, ThatIsAStaticArchive) {
  EXPECT_THAT(error_of(dir_.write("p.so", "!<arch>\n/               0")),
              HasSubstr("a static archive (.a)"));
}

TEST_F(BadFile, ThatIs32Bit) {
  EXPECT_THAT(patched(EI_CLASS, ELFCLASS32), HasSubstr("a 32-bit ELF file; expected a 64-bit"));
}

TEST_F(BadFile, ThatIsBigEndian) {
  EXPECT_THAT(patched(EI_DATA, ELFDATA2MSB), HasSubstr("a big-endian ELF file"));
}

TEST_F(BadFile, ThatIsForAnotherMachine) {
  EXPECT_THAT(patched(offsetof(Elf64_Ehdr, e_machine), EM_RISCV), HasSubstr("built for RISC-V"));
}

TEST_F(BadFile, ThatIsAnObjectFile) {
  EXPECT_THAT(patched(offsetof(Elf64_Ehdr, e_type), ET_REL), HasSubstr("an object file (.o)"));
}

TEST_F(BadFile, ThatIsAnExecutable) {
  EXPECT_THAT(patched(offsetof(Elf64_Ehdr, e_type), ET_EXEC), HasSubstr("an executable;"));
  EXPECT_THAT(error_of("/proc/self/exe"), HasSubstr("an executable;"));
}

TEST_F(BadFile, ThatIsTruncatedAnywhereNeverCrashesAndIsNeverTakenAsComplete) {
  // If the last loadable segment is complete, the file may be loadable: only section headers and
  // debug information follow.
  std::size_t loadable = 0;
  Elf64_Ehdr header;
  std::memcpy(&header, good_.data(), sizeof header);
  for (std::size_t i = 0; i < header.e_phnum; ++i) {
    Elf64_Phdr h;
    std::memcpy(&h, good_.data() + header.e_phoff + i * sizeof h, sizeof h);
    if (h.p_type == PT_LOAD) loadable = std::max<std::size_t>(loadable, h.p_offset + h.p_filesz);
  }
  for (std::size_t size = 1; size < loadable; size += size < 1024 ? 1 : 97) {
    const std::string error = error_of(memory_.write(std::string_view(good_).substr(0, size)));
    EXPECT_NE(error, "no error") << "cut to " << size << " bytes";
    if (size >= SELFMAG) {
      EXPECT_THAT(error, HasSubstr("damaged or truncated")) << "cut to " << size << " bytes";
    }
  }
}

TEST_F(BadFile, ThatIsScrambledNeverCrashes) {
  std::mt19937 random(20240607);
  std::uniform_int_distribution<std::size_t> where(0, good_.size() - 1);
  std::uniform_int_distribution<int> what(0, 255);
  // Half of the damage is in the structures that the reader follows.
  std::uniform_int_distribution<std::size_t> near(0, 0x700);
  int refused = 0;
  for (int round = 0; round < 4000; ++round) {
    std::string bytes = good_;
    for (int i = 0; i < 8; ++i) {
      const std::size_t at = i % 2 == 0 ? where(random) : near(random) % bytes.size();
      bytes[at] = static_cast<char>(i == 3 ? 0xff : what(random));
    }
    refused += read_elf_file(memory_.write(bytes)) ? 0 : 1;
  }
  EXPECT_GT(refused, 400);
}

TEST_F(BadFile, WithHugeCountsInItsTablesIsRefusedWithoutTheMemory) {
  for (const Elf64_Sxword tag : {DT_STRSZ, DT_STRTAB, DT_SYMTAB}) {
    std::string bytes = good_;
    Elf64_Ehdr header;
    std::memcpy(&header, bytes.data(), sizeof header);
    for (std::size_t i = 0; i < header.e_phnum; ++i) {
      Elf64_Phdr h;
      std::memcpy(&h, bytes.data() + header.e_phoff + i * sizeof h, sizeof h);
      if (h.p_type != PT_DYNAMIC) continue;
      for (std::size_t at = h.p_offset; at + sizeof(Elf64_Dyn) <= h.p_offset + h.p_filesz;
           at += sizeof(Elf64_Dyn)) {
        Elf64_Dyn entry;
        std::memcpy(&entry, bytes.data() + at, sizeof entry);
        if (entry.d_tag != tag) continue;
        entry.d_un.d_val = ~std::uint64_t{0} - 7;
        std::memcpy(bytes.data() + at, &entry, sizeof entry);
      }
    }
    EXPECT_THAT(error_of(dir_.write("huge.so", bytes)),
                AllOf(StartsWith(dir_.file("huge.so")), HasSubstr("damaged or truncated")))
        << "dynamic tag " << tag;
  }
}

TEST_F(BadFile, WithoutSectionHeadersCanStillBeRead) {
  std::string bytes = good_;
  Elf64_Ehdr header;
  std::memcpy(&header, bytes.data(), sizeof header);
  header.e_shoff = 0;
  header.e_shnum = 0;
  header.e_shentsize = 0;
  std::memcpy(bytes.data(), &header, sizeof header);
  const auto whole = read_imports(plugin("good"));
  const auto stripped = read_imports(dir_.write("stripped.so", bytes));
  ASSERT_TRUE(whole && stripped);
  EXPECT_TRUE(stripped->exports_entry_point);
  EXPECT_EQ(stripped->imports.size(), whole->imports.size());
}

}  // namespace
}  // namespace surisim::engine
