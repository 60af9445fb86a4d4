// EVE: callbacks that add to records, and file types that records can be written to.
//
// When:    register in the plugin's Init.
// Owner:   the process owns callbacks and file types; a callback's arguments are borrowed for the
//          duration of the call.
// Threads: registration on main. A callback runs on the thread that writes the record, on several
//          at once: a recycler or worker for flow records (L33), a worker for records of packets.
// Source:  output-eve.c; eve.rs of the Rust crate, same names.
//
//   auto done = suricata_ffi::eve::register_callback(
//       [](ThreadVars&, const Packet*, Flow* f, JsonBuilder& jb) {
//         return jb.open_object("my-plugin") && jb.set_uint("port", f ? f->source_port() : 0) &&
//                jb.close();
//       });
#pragma once

#include <algorithm>
#include <concepts>
#include <functional>
#include <memory>
#include <new>
#include <string_view>
#include <type_traits>
#include <utility>

#include "suricata_ffi/detail/abi.hpp"
#include "suricata_ffi/detail/callback.hpp"
#include "suricata_ffi/detail/config.hpp"
#include "suricata_ffi/expected.hpp"
#include "suricata_ffi/flow.hpp"
#include "suricata_ffi/jsonbuilder.hpp"
#include "suricata_ffi/thread.hpp"

namespace suricata_ffi::eve {

using flow::Flow;
using flow::Packet;
using jsonbuilder::JsonBuilder;
using thread::ThreadVars;

}  // namespace suricata_ffi::eve

namespace suricata_ffi::detail {

// An EVE callback may return nothing, a bool (true: it succeeded), or an expected.
template <class Result>
concept EveResult = std::is_void_v<Result> || std::same_as<Result, bool> ||
    requires(const Result& result) {
  result.has_value();
};

template <class Call>
SURICATA_FFI_LOCAL bool succeeds(Call call) {
  using Result = decltype(call());
  if constexpr (std::is_void_v<Result>) {
    call();
    return true;
  } else if constexpr (std::same_as<Result, bool>) {
    return call();
  } else {
    return call().has_value();
  }
}

template <class F>
SURICATA_FFI_LOCAL void on_eve_record(ThreadVars_* raw_tv, const Packet_* raw_packet,
                                      Flow_* raw_flow, SCJsonBuilder* raw_builder,
                                      void* user) noexcept {
  thread::ThreadVars tv = thread::ThreadVars::from_ptr(raw_tv);
  const flow::Packet packet = flow::Packet::from_ptr(raw_packet);
  const flow::Packet* const p = raw_packet != nullptr ? &packet : nullptr;
  flow::Flow flow = flow::Flow::from_ptr(raw_flow);
  flow::Flow* const f = raw_flow != nullptr ? &flow : nullptr;
  jsonbuilder::JsonBuilder jb = jsonbuilder::JsonBuilder::from_raw(raw_builder);
  const jsonbuilder::Mark mark = jb.get_mark();
  bool done = false;
  guarded("EVE callback", [&] {
    done = succeeds(
        [&] { return std::invoke(static_cast<KeptCallback<F>*>(user)->call, tv, p, f, jb); });
  });
  if (!done) static_cast<void>(jb.restore_mark(mark));
}

// The host keeps both pointers.
struct KeptFileType : Kept {
  RawEveFileType raw{};
  std::unique_ptr<char[]> name;
};

}  // namespace suricata_ffi::detail

namespace suricata_ffi::eve {

// Registers `callback(ThreadVars&, const Packet*, Flow*, JsonBuilder&)`, which is called for every
// EVE record just before its outermost object is closed: it can add members, but not change
// existing ones. Packet and Flow are null if the record has none.
//
// If the callback returns false or an error, or throws, and has left a level open, everything that
// it wrote is removed (JsonBuilder::restore_mark); otherwise it stays. It may also return nothing.
//
// Any callable is accepted, including move-only ones and function pointers; it is called as const,
// because it runs on many threads at once. It is kept until the process ends; if this function
// returns an error, it has been destroyed. If it throws, the exception is logged at error level and
// dropped.
// Errors: null_callback, refused (out of memory in the host), out_of_memory. [main] in Init
template <class F>
[[nodiscard]] SURICATA_FFI_LOCAL expected<void> register_callback(F&& callback) {
  using Callback = const std::decay_t<F>;
  constexpr bool kInvocable =
      std::is_invocable_v<Callback&, ThreadVars&, const Packet*, Flow*, JsonBuilder&>;
  static_assert(kInvocable,
                "an EVE callback is called as callback(ThreadVars&, const Packet*, Flow*, "
                "JsonBuilder&), on several threads at once and therefore as const: not a mutable "
                "lambda");
  if constexpr (kInvocable) {
    static_assert(
        detail::EveResult<
            std::invoke_result_t<Callback&, ThreadVars&, const Packet*, Flow*, JsonBuilder&>>,
        "an EVE callback returns nothing, bool, or suricata_ffi::expected");
  }
  return detail::register_callback<Callback>(detail::suricata_ffi_eve_on_record,
                                             &detail::on_eve_record<Callback>,
                                             std::forward<F>(callback));
}

// A destination of EVE records, used with `filetype: name` in the configuration. Functions that
// return int return 0, or a negative number if they fail. They are C functions, and noexcept, so
// that no exception can leave them; a lambda without captures can be used.
struct EveFileType {
  std::string_view name;
  // Once for each EVE output of this type. `threaded`: each thread has its own data.
  decltype(detail::RawEveFileType::init) init = nullptr;
  decltype(detail::RawEveFileType::deinit) deinit = nullptr;
  // One record, without a line end. In non-threaded mode it may be called by several threads at
  // once, with the same thread data.
  decltype(detail::RawEveFileType::write) write = nullptr;
  // Once with id 0, or in threaded mode once on each thread.
  decltype(detail::RawEveFileType::thread_init) thread_init = nullptr;
  decltype(detail::RawEveFileType::thread_deinit) thread_deinit = nullptr;

  // Registers the type with a copy of its name. None of the five functions may be null.
  // Errors: name_contains_nul; null_callback; refused: name already used, or one of the host's;
  // out_of_memory. [main] in Init
  [[nodiscard]] static expected<void> register_type(const EveFileType& type) noexcept {
    if (type.name.find('\0') != std::string_view::npos) return unexpected(Error::name_contains_nul);
    if (type.init == nullptr || type.deinit == nullptr || type.write == nullptr ||
        type.thread_init == nullptr || type.thread_deinit == nullptr)
      return unexpected(Error::null_callback);
    std::unique_ptr<detail::KeptFileType> kept(new (std::nothrow) detail::KeptFileType);
    if (kept == nullptr) return unexpected(Error::out_of_memory);
    kept->name.reset(new (std::nothrow) char[type.name.size() + 1]);
    if (kept->name == nullptr) return unexpected(Error::out_of_memory);
    *std::copy(type.name.begin(), type.name.end(), kept->name.get()) = '\0';
    kept->raw = {kept->name.get(), type.init, type.thread_init, type.write, type.thread_deinit,
                 type.deinit,      {}};
    if (!detail::suricata_ffi_eve_file_type(&kept->raw)) return unexpected(Error::refused);
    detail::keep(kept.release());
    return {};
  }
};

}  // namespace suricata_ffi::eve
