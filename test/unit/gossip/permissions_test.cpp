// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/gossip/permissions.h>

#include <gtest/gtest.h>

namespace kepeng::gossip {
namespace {

using Names = std::vector<std::string_view>;

TEST(Permissions, IncludeWhatTheyNeed) {
  Permissions granted;
  EXPECT_TRUE(granted.is_empty());
  granted.grant(Permission::NoBan);
  granted.grant(Permission::ForceRelay);
  EXPECT_EQ(granted.names(), (Names{"noban", "forcerelay", "relay", "download"}));
  EXPECT_FALSE(granted.has(Permission::Mempool));
  EXPECT_EQ(Permissions::all().names().size(), 7u);
}

TEST(Permissions, OfASubnetAreReadFromTheOption) {
  const auto usual = parse_whitelisted("10.1.0.0/16", {});
  ASSERT_TRUE(usual.ok());
  EXPECT_EQ(usual->permissions.names(), (Names{"noban", "relay", "mempool", "download"}));
  EXPECT_EQ(usual->subnet.to_string(), "10.1.0.0/16");
  EXPECT_TRUE(usual->inbound);
  EXPECT_FALSE(usual->outbound);

  const auto chosen = parse_whitelisted("addr,out,bloomfilter@::1", {});
  ASSERT_TRUE(chosen.ok());
  EXPECT_EQ(chosen->permissions.names(), (Names{"bloomfilter", "addr"}));
  EXPECT_FALSE(chosen->inbound);
  EXPECT_TRUE(chosen->outbound);
  const auto both = parse_whitelisted("all,in,out@1.2.3.4", {});
  ASSERT_TRUE(both.ok());
  EXPECT_TRUE(both->inbound && both->outbound);
  EXPECT_EQ(both->permissions, Permissions::all());
  const auto none = parse_whitelisted("@1.2.3.4", {});
  ASSERT_TRUE(none.ok());
  EXPECT_TRUE(none->permissions.is_empty());

  EXPECT_EQ(parse_whitelisted("oops@1.2.3.4", {}).error(), "Invalid P2P permission: 'oops'");
  EXPECT_EQ(parse_whitelisted("noban@nowhere", {}).error(), "Invalid netmask specified in -whitelist: 'nowhere'");
}

TEST(Permissions, OfAnAddressAreReadFromTheOption) {
  const auto bound = parse_permitted_address("noban,addr@127.0.0.1:8333", {});
  ASSERT_TRUE(bound.ok());
  EXPECT_EQ(bound->address, "127.0.0.1:8333");
  EXPECT_EQ(bound->permissions.names(), (Names{"noban", "download", "addr"}));
  const auto usual = parse_permitted_address("[::1]:1", {.relay = false, .force_relay = false});
  ASSERT_TRUE(usual.ok());
  EXPECT_EQ(usual->permissions.names(), (Names{"noban", "mempool", "download"}));
  EXPECT_FALSE(parse_permitted_address("out@1.2.3.4:5", {}).ok());
}

}  // namespace
}  // namespace kepeng::gossip
