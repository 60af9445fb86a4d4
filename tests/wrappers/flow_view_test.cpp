// The accessors of a Flow. Method: a flow whose fields the test sets.
#include <arpa/inet.h>
#include <gmock/gmock.h>

#include <suricata_ffi/flow.hpp>

#include "fake_host.hpp"

namespace {

using namespace std::chrono_literals;
using suricata_ffi::IpAddr;
using FlowView = suricata_ffi::flow::Flow;

void set_address(int family, const char* text, FlowAddress& address) {
  ASSERT_EQ(inet_pton(family, text, &address.address), 1);
}

TEST(FlowAccessors, AgreeWithTheHost) {
  fake_host::reset();
  fake_host::OneFlow host;
  Flow* raw = host.raw();
  raw->lastts.secs = 1'700'000'000;
  raw->lastts.usecs = 123'456;
  raw->flags = FLOW_IPV4 | FLOW_TO_SRC_SEEN;
  raw->proto = 17;
  raw->alproto = 3;
  raw->sp = 5353;
  raw->dp = 53;
  raw->todstpktcnt = 7;
  raw->tosrcpktcnt = 4;
  const auto f = FlowView::from_ptr(raw);
  EXPECT_EQ(f.last_time(), 1'700'000'000s + 123'456us);
  EXPECT_EQ(f.flags(), FLOW_IPV4 | FLOW_TO_SRC_SEEN);
  EXPECT_EQ(f.ip_protocol(), 17);
  EXPECT_EQ(f.app_protocol(), 3);
  EXPECT_EQ(f.source_port(), 5353);
  EXPECT_EQ(f.destination_port(), 53);
  EXPECT_EQ(f.to_server_packet_count(), 7u);
  EXPECT_EQ(f.to_client_packet_count(), 4u);
}

TEST(FlowAccessors, CopyIpv4Addresses) {
  fake_host::OneFlow host;
  host.raw()->flags = FLOW_IPV4;
  set_address(AF_INET, "192.0.2.1", host.raw()->src);
  set_address(AF_INET, "198.51.100.77", host.raw()->dst);
  const auto f = FlowView::from_ptr(host.raw());
  EXPECT_TRUE(f.is_ipv4());
  EXPECT_FALSE(f.is_ipv6());
  const auto source = f.source_address();
  const auto destination = f.destination_address();
  ASSERT_TRUE(source && destination);
  host.raw()->src = {};
  EXPECT_TRUE(source->is_ipv4());
  EXPECT_EQ(source->to_string(), "192.0.2.1");
  EXPECT_EQ(destination->to_string(), "198.51.100.77");
  EXPECT_EQ(source->octets().size(), 4u);
  EXPECT_EQ(source->octets()[3], 1);
  EXPECT_NE(*source, *destination);
}

TEST(FlowAccessors, CopyIpv6Addresses) {
  fake_host::OneFlow host;
  host.raw()->flags = FLOW_IPV6;
  set_address(AF_INET6, "2001:db8::1", host.raw()->src);
  set_address(AF_INET6, "2001:db8::1", host.raw()->dst);
  const auto f = FlowView::from_ptr(host.raw());
  EXPECT_TRUE(f.is_ipv6());
  EXPECT_FALSE(f.is_ipv4());
  const auto source = f.source_address();
  ASSERT_TRUE(source.has_value());
  EXPECT_TRUE(source->is_ipv6());
  EXPECT_EQ(source->to_string(), "2001:db8::1");
  EXPECT_EQ(source->octets().size(), 16u);
  EXPECT_EQ(source, f.destination_address());
}

TEST(FlowAccessors, HaveNoAddressWithoutAnIpVersion) {
  fake_host::OneFlow host;
  const auto f = FlowView::from_ptr(host.raw());
  EXPECT_EQ(f.source_address(), std::nullopt);
  EXPECT_EQ(f.destination_address(), std::nullopt);
}

}  // namespace
