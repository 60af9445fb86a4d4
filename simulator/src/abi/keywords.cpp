#include "abi/keywords.hpp"

#include <cstdlib>
#include <cstring>
#include <new>

namespace {
constexpr int kStep = 256;  // entries that the table grows by
}

SigTableElmt* sigmatch_table = nullptr;
int DETECT_TBLSIZE = 0;
int DETECT_TBLSIZE_IDX = DETECT_TBLSIZE_STATIC;

namespace surisim::abi {

void Keywords::reset() {
  std::free(sigmatch_table);
  DETECT_TBLSIZE_IDX = DETECT_TBLSIZE_STATIC;
  DETECT_TBLSIZE = DETECT_TBLSIZE_STATIC + kStep;
  sigmatch_table = static_cast<SigTableElmt*>(
      std::calloc(static_cast<std::size_t>(DETECT_TBLSIZE), sizeof(SigTableElmt)));
  if (sigmatch_table == nullptr) throw std::bad_alloc();
  buffers_.clear();
  thread_contexts_.clear();
}

int Keywords::add() {
  if (DETECT_TBLSIZE_IDX >= DETECT_TBLSIZE) {
    const auto size = static_cast<std::size_t>(DETECT_TBLSIZE);
    void* const larger =
        std::realloc(static_cast<void*>(sigmatch_table), (size + kStep) * sizeof(SigTableElmt));
    if (larger == nullptr) return -1;
    sigmatch_table = static_cast<SigTableElmt*>(larger);
    std::memset(static_cast<void*>(sigmatch_table + size), 0, kStep * sizeof(SigTableElmt));
    DETECT_TBLSIZE += kStep;
  }
  return DETECT_TBLSIZE_IDX++;
}

int Keywords::buffer(const std::string& name) {
  const int next = DETECT_SM_LIST_DYNAMIC_START + static_cast<int>(buffers_.size());
  return buffers_.emplace(name, next).first->second;
}

int Keywords::thread_context(const std::string& name) {
  const int next = static_cast<int>(thread_contexts_.size());
  return thread_contexts_.emplace(name, next).first->second;
}

const char* keyword_name(int id) {
  return id < 0 || id >= DETECT_TBLSIZE_IDX ? nullptr : sigmatch_table[id].name;
}

}  // namespace surisim::abi
