// SCDetect*: C functions that register keywords, transforms and buffers of rules, which are
// numbered and listed, but never run. Arguments that Suricata does not check are not checked here.
// Source: detect-engine-helper.c, detect-engine-register.c, detect-engine.c.
#include <suricata/detect-engine-helper.h>
#include <suricata/detect-engine-register.h>

#include <cstdlib>
#include <cstring>
#include <new>
#include <string>

#include "abi/host_function.hpp"
#include "abi/process_state.hpp"
#include "base/journal.hpp"

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

using namespace surisim::abi;

namespace {

// Adds what keywords and transforms of rules have in common to the table; null: out of memory.
template <class Element>
SigTableElmt* add_to_table(const Element& kw) {
  const int id = state().keywords.add();
  if (id < 0) return nullptr;
  SigTableElmt& entry = sigmatch_table[id];
  entry.name = kw.name;
  entry.desc = kw.desc;
  entry.url = kw.url;
  entry.flags = kw.flags;
  entry.Setup = kw.Setup;
  entry.Free = kw.Free;
  return &entry;
}

int number_of(const SigTableElmt& entry) { return static_cast<int>(&entry - sigmatch_table); }

int buffer(const char* name) {
  const int id = state().keywords.buffer(name);
  list_registration("buffer", name, id);
  return id;
}

// Frees the strings that the table owns since SCDetectHelperKeywordSetCleanCString.
void free_strings(SigTableElmt* keyword) {
  for (const char** text : {&keyword->name, &keyword->desc, &keyword->url, &keyword->alias}) {
    std::free(const_cast<char*>(*text));
    *text = nullptr;
  }
}

}  // namespace

// The plugin writes the name into the table later.
SURISIM_ABI int SCDetectHelperNewKeywordId(void) {
  const int id = state().keywords.add();
  list_registration("keyword", "", id);
  return id;
}

SURISIM_ABI uint16_t SCDetectHelperKeywordRegister(const SCSigTableAppLiteElmt* kw) {
  SURISIM_NOT_NULL(kw);
  SigTableElmt* const entry = add_to_table(*kw);
  if (entry == nullptr) return static_cast<uint16_t>(-1);
  entry->AppLayerTxMatch = kw->AppLayerTxMatch;
  list_registration("keyword", kw->name, number_of(*entry));
  return static_cast<uint16_t>(number_of(*entry));
}

SURISIM_ABI void SCDetectHelperKeywordAliasRegister(uint16_t kwid, const char* alias) {
  sigmatch_table[kwid].alias = alias;
  list_registration("keyword alias", alias, kwid);
}

SURISIM_ABI void SCDetectHelperKeywordSetCleanCString(uint16_t id) {
  sigmatch_table[id].Cleanup = free_strings;
}

SURISIM_ABI int SCDetectHelperTransformRegister(const SCTransformTableElmt* kw) {
  SURISIM_NOT_NULL(kw);
  SigTableElmt* const entry = add_to_table(*kw);
  if (entry == nullptr) return -1;
  entry->Transform = kw->Transform;
  entry->TransformValidate = kw->TransformValidate;
  entry->TransformId = kw->TransformId;
  list_registration("transform", kw->name, number_of(*entry));
  return number_of(*entry);
}

SURISIM_ABI bool SCSigTableHasKeyword(const char* keyword) {
  SURISIM_NOT_NULL(keyword);
  for (int id = DETECT_TBLSIZE_STATIC; id < DETECT_TBLSIZE_IDX; ++id) {
    const char* const name = keyword_name(id);
    if (name != nullptr && *name != '\0' && std::strcmp(name, keyword) == 0) return true;
  }
  return false;
}

SURISIM_ABI int SCSigTablePreRegister(void (*KeywordsRegister)(void)) {
  return state().keyword_registrations.add(surisim::JournalCallback::keywords_register,
                                           KeywordsRegister, SURISIM_CALLER);
}

SURISIM_ABI int SCDetectHelperBufferProgressRegister(const char* name, AppProto, uint8_t, uint8_t) {
  SURISIM_NOT_NULL(name);
  return buffer(name);
}

SURISIM_ABI int SCDetectHelperBufferProgressRegisterSubState(const char* name, AppProto, uint8_t,
                                                             uint8_t, uint8_t) {
  SURISIM_NOT_NULL(name);
  return buffer(name);
}

SURISIM_ABI int SCDetectHelperBufferMpmRegister(const char* name, const char*, AppProto, uint8_t,
                                                InspectionSingleBufferGetDataPtr) {
  SURISIM_NOT_NULL(name);
  return buffer(name);
}

SURISIM_ABI int SCDetectHelperBufferProgressMpmRegister(const char* name, const char*, AppProto,
                                                        uint8_t, InspectionSingleBufferGetDataPtr,
                                                        uint8_t) {
  SURISIM_NOT_NULL(name);
  return buffer(name);
}

SURISIM_ABI int SCDetectHelperMultiBufferMpmRegister(const char* name, const char*, AppProto,
                                                     uint8_t, InspectionMultiBufferGetDataPtr) {
  SURISIM_NOT_NULL(name);
  return buffer(name);
}

SURISIM_ABI int SCDetectHelperMultiBufferProgressMpmRegister(const char* name, const char*,
                                                             AppProto, uint8_t,
                                                             InspectionMultiBufferGetDataPtr,
                                                             uint8_t) {
  SURISIM_NOT_NULL(name);
  return buffer(name);
}

SURISIM_ABI int SCDetectHelperMultiBufferProgressMpmRegisterSubState(
    const char* name, const char*, AppProto, uint8_t, InspectionMultiBufferGetDataPtr, uint8_t,
    uint8_t) {
  SURISIM_NOT_NULL(name);
  return buffer(name);
}

SURISIM_ABI int SCDetectRegisterMpmGeneric(const char* name, const char*, AppProto, uint8_t,
                                           InspectionBufferGetDataPtr, uint8_t) {
  SURISIM_NOT_NULL(name);
  return buffer(name);
}

SURISIM_ABI void SCDetectRegisterBufferLowerMd5Callbacks(const char* name) {
  SURISIM_NOT_NULL(name);
  buffer(name);
}

SURISIM_ABI int SCDetectRegisterThreadCtxGlobalFuncs(const char* name, void* (*)(void*), void*,
                                                     void (*)(void*)) {
  SURISIM_NOT_NULL(name);
  const int id = state().keywords.thread_context(name);
  list_registration("thread context", name, id);
  return id;
}
