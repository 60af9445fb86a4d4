// What the loggers of EVE's sub-modules are made of: contexts, buffers, and writing a record.
// Source: output-json-common.c, output-json.c (OutputJsonBuilderBuffer), util-buffer.c.
#include <suricata/output-json.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "abi/callbacks.hpp"
#include "abi/eve_outputs.hpp"
#include "abi/faults.hpp"
#include "abi/host_function.hpp"

using namespace surisim::abi;

namespace {

constexpr std::uint32_t kMostBytes = 10 << 20;
constexpr std::uint32_t kStep = 4096;

template <class T>
T* zeroed(std::size_t bytes, const char* what) {
  return fails(FaultPoint::host_alloc, what, nullptr) ? nullptr
                                                      : static_cast<T*>(std::calloc(1, bytes));
}

void free_sub_context(OutputCtx* context) { std::free(context); }

bool is_too_large(std::uint32_t size) {
  if (size <= kMostBytes) return false;
  SCLogErr(SC_LOG_WARNING, __FILE__, __func__, __LINE__, "util-buffer",
           "a buffer would have more than %u bytes", kMostBytes);
  return true;
}

}  // namespace

SURISIM_ABI MemBuffer* MemBufferCreateNew(uint32_t size) {
  note_call(__func__);
  const HostScope host;
  if (is_too_large(size)) return nullptr;
  auto* const made = zeroed<MemBuffer>(sizeof(MemBuffer) + size, "a buffer");
  if (made != nullptr) made->size = size;
  return made;
}

SURISIM_ABI int MemBufferExpand(MemBuffer** buffer, uint32_t expand_by) {
  note_call(__func__);
  SURISIM_NOT_NULL(buffer);
  const HostScope host;
  if (is_too_large((*buffer)->size + expand_by)) return -1;
  const std::uint32_t size = (*buffer)->size + (expand_by + kStep - 1) / kStep * kStep;
  if (fails(FaultPoint::host_alloc, "a buffer", nullptr)) return -1;
  auto* const grown = static_cast<MemBuffer*>(std::realloc(*buffer, sizeof(MemBuffer) + size));
  if (grown == nullptr) return -1;
  grown->size = size;
  *buffer = grown;
  return 0;
}

SURISIM_ABI void MemBufferFree(MemBuffer* buffer) {
  note_call(__func__);
  std::free(buffer);
}

SURISIM_ABI uint32_t MemBufferWriteRaw(MemBuffer* dst, const uint8_t* raw, const uint32_t raw_len) {
  SURISIM_NOT_NULL(dst);
  const std::uint32_t room = dst->offset + 1 < dst->size ? dst->size - dst->offset - 1 : 0;
  const std::uint32_t count = std::min(raw_len, room);
  std::copy_n(raw, count, dst->buffer + dst->offset);
  dst->offset += count;
  if (dst->offset < dst->size) dst->buffer[dst->offset] = 0;
  return count;
}

SURISIM_ABI OutputInitResult OutputJsonLogInitSub(SCConfNode*, OutputCtx* parent_ctx) {
  note_call(__func__);
  SURISIM_NOT_NULL(parent_ctx);
  const HostScope host;
  auto* const made = zeroed<OutputCtx>(sizeof(OutputCtx), "an output");
  if (made == nullptr) return {nullptr, false};
  made->data = parent_ctx->data;
  made->DeInit = free_sub_context;
  return {made, true};
}

SURISIM_ABI OutputJsonThreadCtx* CreateEveThreadCtx(ThreadVars* t, OutputJsonCtx* ctx) {
  note_call(__func__);
  SURISIM_NOT_NULL(ctx);
  auto made = [] {
    const HostScope host;
    return std::unique_ptr<OutputJsonThreadCtx, void (*)(OutputJsonThreadCtx*)>(
        zeroed<OutputJsonThreadCtx>(sizeof(OutputJsonThreadCtx), "a logger"), FreeEveThreadCtx);
  }();
  if (made == nullptr) return nullptr;
  made->buffer = MemBufferCreateNew(JSON_OUTPUT_BUFFER_SIZE);
  if (made->buffer == nullptr) return nullptr;
  made->ctx = ctx;
  made->file_ctx = ctx->file_ctx->of_thread(t);
  return made->file_ctx == nullptr ? nullptr : made.release();
}

SURISIM_ABI void FreeEveThreadCtx(OutputJsonThreadCtx* ctx) {
  note_call(__func__);
  if (ctx != nullptr) MemBufferFree(ctx->buffer);
  std::free(ctx);
}

SURISIM_ABI TmEcode JsonLogThreadInit(ThreadVars* t, const void* initdata, void** data) {
  note_call(__func__);
  if (initdata == nullptr) return TM_ECODE_FAILED;
  SURISIM_NOT_NULL(data);
  auto* const context = static_cast<OutputJsonCtx*>(static_cast<const OutputCtx*>(initdata)->data);
  OutputJsonThreadCtx* const made = CreateEveThreadCtx(t, context);
  if (made == nullptr) return TM_ECODE_FAILED;
  *data = made;
  return TM_ECODE_OK;
}

SURISIM_ABI TmEcode JsonLogThreadDeinit(ThreadVars*, void* data) {
  note_call(__func__);
  FreeEveThreadCtx(static_cast<OutputJsonThreadCtx*>(data));
  return TM_ECODE_OK;
}

SURISIM_ABI void OutputJsonBuilderBuffer(ThreadVars* tv, const Packet* p, Flow* f,
                                         SCJsonBuilder* js, OutputJsonThreadCtx* ctx) {
  note_call(__func__);
  SURISIM_NOT_NULL(js);
  SURISIM_NOT_NULL(ctx);
  ctx->file_ctx->log(tv, p, f, js, *ctx);
}
