// C functions for loggers of EVE sub-modules: contexts, buffers, writing a record, and the fields
// that an eve-log output's settings add to it. Source: output-json-common.c, output-json.c,
// util-buffer.c; the community id is Corelight's specification, version 1.
#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <suricata/decode.h>
#include <suricata/output-json.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "abi/callbacks.hpp"
#include "abi/eve_header.hpp"
#include "abi/faults.hpp"
#include "abi/host.hpp"
#include "abi/host_function.hpp"
#include "abi/json_builder.hpp"
#include "abi/process_state.hpp"
#include "abi/registrations.hpp"

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

// Fields that settings add.

namespace surisim::abi {

namespace {

using Digest = std::array<std::uint8_t, 20>;

// SHA-1 (FIPS 180-4).
class Sha1 {
 public:
  static Digest of(std::vector<std::uint8_t> bytes) {
    const std::uint64_t bits = std::uint64_t{bytes.size()} * 8;
    bytes.push_back(0x80);
    while (bytes.size() % kBlock != kBlock - 8) bytes.push_back(0);
    for (int shift = 56; shift >= 0; shift -= 8)
      bytes.push_back(static_cast<std::uint8_t>(bits >> shift));
    Sha1 sha;
    for (std::size_t at = 0; at < bytes.size(); at += kBlock) sha.add(bytes.data() + at);
    Digest digest{};
    for (std::size_t i = 0; i < digest.size(); ++i)
      digest[i] = static_cast<std::uint8_t>(sha.state_[i / 4] >> (24 - i % 4 * 8));
    return digest;
  }

 private:
  static constexpr std::size_t kBlock = 64;

  static std::uint32_t mixed(std::size_t round, std::uint32_t b, std::uint32_t c, std::uint32_t d) {
    if (round < 20) return ((b & c) | (~b & d)) + 0x5a827999;
    if (round < 40) return (b ^ c ^ d) + 0x6ed9eba1;
    if (round < 60) return ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc;
    return (b ^ c ^ d) + 0xca62c1d6;
  }

  void add(const std::uint8_t* block) {
    std::array<std::uint32_t, 80> words{};
    for (std::size_t i = 0; i < kBlock; ++i)
      words[i / 4] |= std::uint32_t{block[i]} << (24 - i % 4 * 8);
    for (std::size_t i = 16; i < words.size(); ++i)
      words[i] = std::rotl(words[i - 3] ^ words[i - 8] ^ words[i - 14] ^ words[i - 16], 1);
    auto [a, b, c, d, e] = state_;
    for (std::size_t i = 0; i < words.size(); ++i) {
      const std::uint32_t next = std::rotl(a, 5) + mixed(i, b, c, d) + e + words[i];
      e = d;
      d = c;
      c = std::rotl(b, 30);
      b = a;
      a = next;
    }
    const std::array<std::uint32_t, 5> added = {a, b, c, d, e};
    for (std::size_t i = 0; i < state_.size(); ++i) state_[i] += added[i];
  }

  std::array<std::uint32_t, 5> state_ = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476,
                                         0xc3d2e1f0};
};

std::string base64(const Digest& digest) {
  const std::string_view bytes(reinterpret_cast<const char*>(digest.data()), digest.size());
  std::string text(base64_size(bytes), '\0');
  write_base64(bytes, text.data());
  return text;
}

// One end of a flow, as it is hashed.
struct End {
  const std::uint8_t* address;
  std::uint16_t port;
};

std::string mac_text(const std::uint8_t* mac) {
  return fmt::format("{:02x}:{:02x}:{:02x}:{:02x}:{:02x}:{:02x}", mac[0], mac[1], mac[2], mac[3],
                     mac[4], mac[5]);
}

void add_ether(SCJsonBuilder* record, const Packet& packet, SCOutputJsonLogDirection dir) {
  const EthernetHdr& header = *PacketGetEthernet(&packet);
  const bool to_server = (packet.flowflags & FLOW_PKT_TOSERVER) != 0;
  const bool to_client = (packet.flowflags & FLOW_PKT_TOCLIENT) != 0;
  const bool reversed =
      dir == LOG_DIR_FLOW_TOCLIENT ? to_server : dir != LOG_DIR_PACKET && to_client;
  SCJbOpenObject(record, "ether");
  SCJbSetUint(record, "ether_type", ntohs(header.eth_type));
  set_text(record, "src_mac", mac_text(reversed ? header.eth_dst : header.eth_src));
  set_text(record, "dest_mac", mac_text(reversed ? header.eth_src : header.eth_dst));
  SCJbClose(record);
}

void add_side(SCJsonBuilder* record, const char* key, const EtherAddresses::Side& side) {
  SCJbOpenArray(record, key);
  for (const EtherAddresses::Address& address : side)
    SCJbAppendString(record, mac_text(address.data()).c_str());
  SCJbClose(record);
}

// A pseudo packet has the first addresses of its flow, and a flow has all.
void add_ether(SCJsonBuilder* record, const Flow& flow, bool pseudo_packet,
               SCOutputJsonLogDirection dir) {
  const EtherAddressesOf of = state().ether_addresses_of;
  const EtherAddresses* const seen = of == nullptr ? nullptr : of(flow);
  if (seen == nullptr || seen->src().empty()) return;
  SCJbOpenObject(record, "ether");
  if (pseudo_packet) {
    set_text(record, "src_mac", mac_text(seen->src().front().data()));
    set_text(record, "dest_mac", mac_text(seen->dst().front().data()));
  } else {
    const bool to_client = dir == LOG_DIR_FLOW_TOCLIENT;
    add_side(record, "dest_macs", to_client ? seen->src() : seen->dst());
    add_side(record, "src_macs", to_client ? seen->dst() : seen->src());
  }
  SCJbClose(record);
}

void add_ether(SCJsonBuilder* record, const Packet* packet, const Flow* flow,
               SCOutputJsonLogDirection dir) {
  if (packet != nullptr && PacketIsEthernet(packet)) {
    add_ether(record, *packet, dir);
  } else if (flow != nullptr) {
    add_ether(record, *flow, packet != nullptr, dir);
  }
}

void add_options(const OutputJsonCommonSettings& settings, const Packet* packet, const Flow* flow,
                 SCJsonBuilder* record, SCOutputJsonLogDirection dir) {
  const EveLayout& layout = host().layout.eve;
  if (layout.includes_version(settings)) SCJbSetString(record, "suricata_version", host().release);
  if (settings.include_ethernet) add_ether(record, packet, flow, dir);
  if (settings.include_community_id && flow != nullptr)
    set_text(record, "community_id", community_id(*flow, layout.seed(settings)));
  if (flow != nullptr && in_flow().tenant_id(*flow) > 0)
    SCJbSetUint(record, "tenant_id", in_flow().tenant_id(*flow));
}

}  // namespace

void EtherAddresses::add(const EthernetHdr& header, bool to_server) {
  add(src_, to_server ? header.eth_src : header.eth_dst);
  add(dst_, to_server ? header.eth_dst : header.eth_src);
}

void EtherAddresses::add(Side& side, const std::uint8_t* address) {
  Address one;
  std::memcpy(one.data(), address, one.size());
  if (side.size() < kMost && std::find(side.begin(), side.end(), one) == side.end())
    side.push_back(one);
}

std::string community_id(const Flow& flow, std::uint16_t seed) {
  const bool ipv6 = (in_flow().flags(flow) & FLOW_IPV6) != 0;
  const std::size_t size = ipv6 ? 16 : 4;
  const bool icmp = ipv6 ? flow.proto == IPPROTO_ICMPV6 : flow.proto == IPPROTO_ICMP;
  End first{flow.src.address.address_un_data8, icmp ? Port{flow.icmp_s.type} : flow.sp};
  End second{flow.dst.address.address_un_data8, icmp ? Port{flow.icmp_d.type} : flow.dp};
  const int order = std::memcmp(first.address, second.address, size);
  if (order > 0 || (order == 0 && first.port >= second.port)) std::swap(first, second);
  std::vector<std::uint8_t> bytes;
  const auto number = [&](std::uint16_t value) {
    bytes.push_back(static_cast<std::uint8_t>(value >> 8));
    bytes.push_back(static_cast<std::uint8_t>(value));
  };
  number(seed);
  bytes.insert(bytes.end(), first.address, first.address + size);
  bytes.insert(bytes.end(), second.address, second.address + size);
  bytes.push_back(flow.proto);
  bytes.push_back(0);
  number(first.port);
  number(second.port);
  return "1:" + base64(Sha1::of(std::move(bytes)));
}

void add_options(const OutputJsonCtx* output, const Packet* packet, const Flow* flow,
                 SCJsonBuilder* record, SCOutputJsonLogDirection dir) {
  if (output != nullptr) add_options(output->cfg, packet, flow, record, dir);
}

}  // namespace surisim::abi

SURISIM_ABI void EveAddCommonOptions(const OutputJsonCommonSettings* cfg, const Packet* p,
                                     const Flow* f, SCJsonBuilder* js,
                                     enum SCOutputJsonLogDirection dir) {
  note_call(__func__);
  SURISIM_NOT_NULL(cfg);
  SURISIM_NOT_NULL(js);
  add_options(*cfg, p, f, js, dir);
}

// Variables of rules: there are none.
SURISIM_ABI void EveAddMetadata(const Packet*, const Flow*, SCJsonBuilder*) {}
