// Every header of the wrappers and everything in them, for compile_matrix.sh.
#include <suricata_ffi/conf.hpp>
#include <suricata_ffi/eve.hpp>
#include <suricata_ffi/expected.hpp>
#include <suricata_ffi/flow.hpp>
#include <suricata_ffi/ip_addr.hpp>
#include <suricata_ffi/jsonbuilder.hpp>
#include <suricata_ffi/log.hpp>
#include <suricata_ffi/plugin.hpp>
#include <suricata_ffi/thread.hpp>

#include <functional>
#include <memory>
#include <string>

#include "values.hpp"

namespace {

namespace eve = suricata_ffi::eve;
namespace flow = suricata_ffi::flow;
namespace log = suricata_ffi::log;
namespace thread = suricata_ffi::thread;
using flow::Flow;
using flow::Packet;
using suricata_ffi::jsonbuilder::JsonBuilder;
using thread::ThreadVars;

template <class Storage, class View, class Value>
std::size_t use(View& view) {
  const auto storage = Storage::register_slot("slot").value_or(Storage());
  if (!storage.get_or_insert_with(view, [] { return Value(); })) return 0;
  Value* value = storage.get_mut(view);
  const Value* same = storage.get(view);
  return value == same ? sizeof(*value) : 0;
}

template <class... Values>
std::size_t use_all(ThreadVars& tv, Flow& f) {
  return (use<thread::ThreadStorage<Values>, ThreadVars, Values>(tv) + ...) +
         (use<flow::FlowStorage<Values>, Flow, Values>(f) + ...);
}

void describe(const Flow& f, const Packet& p) {
  const std::string address =
      f.source_address() ? f.source_address()->to_string() : std::string("none");
  log::info("{:p} {:p} {} {} {} {} {} {}", f.as_ptr(), p.as_ptr(), address, f.source_port(),
            f.destination_port(), f.ip_protocol(), f.last_time().count(), f.is_ipv6());
  log::debug("{} {} {}", f.flags(), f.app_protocol(), f.to_server_packet_count());
}

suricata_ffi::expected<void> add(JsonBuilder& jb) {
  const auto mark = jb.get_mark();
  if (auto opened = jb.open_object("matrix"); !opened) return opened;
  if (jb.set_string("a", "b") && jb.set_uint("c", 1) && jb.set_int("d", -1) &&
      jb.set_float("e", 0.5) && jb.set_formatted("\"f\":null"))
    return jb.close();
  return jb.restore_mark(mark);
}

void register_eve() {
  const auto on_record = [](ThreadVars&, const Packet*, Flow* f, JsonBuilder& jb) {
    return f != nullptr ? add(jb) : suricata_ffi::expected<void>();
  };
  (void)eve::register_callback(on_record);
  (void)eve::register_callback(
      [](ThreadVars&, const Packet*, Flow*, JsonBuilder& jb) { return add(jb).has_value(); });
  (void)eve::EveFileType::register_type(
      {.name = "matrix",
       .init = [](const SCConfNode_*, bool, void**) noexcept { return 0; },
       .deinit = [](void*) noexcept {},
       .write = [](const char*, int, const void*, void*) noexcept { return 0; },
       .thread_init = [](const void*, std::uint32_t, void**) noexcept { return 0; },
       .thread_deinit = [](const void*, void*) noexcept {}});
}

void on_thread_init(ThreadVars&) {}

void init() {
  register_eve();
  if (suricata_ffi::conf::conf_get_bool("matrix.fatal"))
    log::fatal_error_on_init("{}", suricata_ffi::conf::conf_get("matrix.why").value_or("?"));
  const auto on_packet = [](ThreadVars& tv, Flow& f, const Packet& p) {
    log::notice("{}", use_all<test::Small, test::OneByte, test::MoveOnly, test::Immovable,
                              test::TwoLines, test::Page, test::MiB, test::ThrowingConstructor,
                              test::ThrowingDestructor, int, std::string>(tv, f));
    describe(f, p);
  };
  const auto on_finish = [owned = std::make_unique<int>(1)](ThreadVars&, Flow&) { return *owned; };
  if (const auto done = thread::register_init_callback(on_thread_init); !done)
    log::error("{}", done.error());
  (void)thread::register_init_callback(std::function<void(ThreadVars&)>(on_thread_init));
  (void)flow::register_init_callback(on_packet);
  (void)flow::register_update_callback(on_packet);
  (void)flow::register_finish_callback(
      [&on_finish](ThreadVars& tv, Flow& f) { return on_finish(tv, f); });
}

}  // namespace

SURICATA_FFI_PLUGIN({.name = "matrix", .license = "MIT", .author = "surisim", .init = init});
