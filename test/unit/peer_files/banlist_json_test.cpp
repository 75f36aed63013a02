// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/peer_files/banlist_json.h>

#include <gtest/gtest.h>

#include <kepeng/base/files.h>
#include <kepeng/base/simulated_disk.h>

namespace kepeng::peer_files {
namespace {

using gossip::Ban;
using gossip::BanList;
using wire::AddressNetwork;
using wire::NetworkAddress;
using wire::Subnet;

constexpr UnixTime kNow{1'800'000'000};
const std::string kPath = "/banlist.json";
constexpr std::string_view kOnion = "pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion";

BanList some_bans() {
  BanList list{{1, 2}};
  for (const std::string_view text : {"1.2.3.0/24", "9.9.9.9", "2a00:1450::/32", "fc00::/8"}) {
    list.ban(Subnet::from_string(text).value(), {kNow, kNow + gossip::kBanSeconds});
  }
  list.ban(Subnet{NetworkAddress::from_string(kOnion).value()}, {kNow, kNow + 100});
  list.ban(Subnet{NetworkAddress::from_string("fc00::1", NetworkAddress::Fc00::Cjdns).value()}, {kNow, kNow + 200});
  return list;
}

std::vector<std::string> texts(const BanList& list) {
  std::vector<std::string> all;
  for (const auto& [subnet, ban] : list.entries()) {
    all.push_back(std::string{name_of(subnet.base().network())} + " " + subnet.to_string() + " " +
                  std::to_string(ban.created.seconds) + " " + std::to_string(ban.until.seconds));
  }
  return all;
}

void put(Env& env, std::string_view text) {
  ASSERT_TRUE(write_file_atomically(env, kPath, as_bytes(text)));
}

TEST(BanlistJson, TheFormOfTheFile) {
  BanList list{{1, 2}};
  list.ban(Subnet::from_string("1.2.3.4/24").value(), {{1'700'000'000}, {1'700'086'400}});
  EXPECT_EQ(bans_to_json(list), R"({
  "banned_nets": [
    {
      "version": 1,
      "ban_created": 1700000000,
      "banned_until": 1700086400,
      "address": "1.2.3.0/24"
    }
  ]
}
)");
}

TEST(BanlistJson, P20_BansSurviveARestart) {
  SimulatedDisk disk;
  const BanList list = some_bans();
  ASSERT_TRUE(save_bans(disk, kPath, list));
  EXPECT_TRUE(disk.is_durable(kPath));
  disk.restart();
  BanList loaded{{3, 4}};
  EXPECT_FALSE(load_bans(disk, kPath, loaded, kNow).has_value());
  EXPECT_EQ(texts(loaded), texts(list));
  EXPECT_EQ(loaded.entries().size(), 6u);
  EXPECT_TRUE(loaded.is_banned(NetworkAddress::from_string("1.2.3.77").value(), kNow));
  EXPECT_TRUE(loaded.is_banned(NetworkAddress::from_string(kOnion).value(), kNow));
}

TEST(BanlistJson, B171_WhatIsOverIsNotLoaded) {
  SimulatedDisk disk;
  ASSERT_TRUE(save_bans(disk, kPath, some_bans()));
  BanList loaded{{3, 4}};
  EXPECT_FALSE(load_bans(disk, kPath, loaded, kNow + 100).has_value());
  EXPECT_EQ(loaded.entries().size(), 5u);
  BanList later{{3, 4}};
  EXPECT_FALSE(load_bans(disk, kPath, later, kNow + gossip::kBanSeconds).has_value());
  EXPECT_TRUE(later.entries().empty());
}

TEST(BanlistJson, NoFileIsNoNews) {
  SimulatedDisk disk;
  BanList list{{1, 2}};
  EXPECT_FALSE(load_bans(disk, kPath, list, kNow).has_value());
  EXPECT_TRUE(list.entries().empty());
}

TEST(BanlistJson, D10_ABanThatIsNotUnderstoodIsLeftOut) {
  const auto read = bans_from_json(R"({"_warning_": "generated", "banned_nets": [
    {"version": 1, "ban_created": 1, "banned_until": 2000000000, "address": "1.2.3.4/32", "more": 1},
    {"version": 2, "ban_created": 1, "banned_until": 2000000000, "address": "1.2.3.5/32"},
    {"version": 1, "ban_created": 1, "banned_until": 2000000000, "address": "somewhere"},
    {"version": 1, "ban_created": 1, "banned_until": 2000000000, "address": "1.2.3.4/33"},
    {"version": 1, "ban_created": 1, "banned_until": "soon", "address": "1.2.3.4/32"},
    {"version": 1, "ban_created": 1, "address": "1.2.3.4/32"},
    {"version": 1, "ban_created": 1, "banned_until": 2000000000, "address": 7},
    {"version": 1, "ban_created": 1, "banned_until": 2000000000}, [], 5, null]})");
  ASSERT_TRUE(read.ok()) << read.error();
  ASSERT_EQ(read->bans.size(), 1u);
  EXPECT_EQ(read->bans[0].subnet.to_string(), "1.2.3.4/32");
  EXPECT_EQ(read->bans[0].ban, (Ban{{1}, {2'000'000'000}}));
  EXPECT_EQ(read->left_out, 10u);

  SimulatedDisk disk;
  put(disk,
      R"({"banned_nets": [{"version": 1},
    {"version": 1, "ban_created": 1, "banned_until": 2000000000, "address": "::/0"}]})");
  BanList list{{1, 2}};
  const auto warning = load_bans(disk, kPath, list, kNow);
  ASSERT_TRUE(warning.has_value());
  EXPECT_NE(warning->find("left out: 1."), std::string::npos) << *warning;
  EXPECT_EQ(list.entries().size(), 1u);
  EXPECT_TRUE(exists(disk, kPath).value());
}

TEST(BanlistJson, D10_B171_AFileThatIsNotUnderstoodIsSetAside) {
  for (const std::string_view text : {"", "{", "[]", "{}", R"({"banned_nets": {}})", "\xff", R"({"banned_nets": [)"}) {
    SimulatedDisk disk;
    put(disk, text);
    BanList list = some_bans();
    const auto warning = load_bans(disk, kPath, list, kNow);
    ASSERT_TRUE(warning.has_value()) << text;
    EXPECT_NE(warning->find("/banlist.json.damaged"), std::string::npos) << *warning;
    EXPECT_EQ(list.entries().size(), 6u);
    EXPECT_FALSE(exists(disk, kPath).value());
    EXPECT_EQ(as_text(read_file(disk, kPath + ".damaged", 100).value_or(Bytes{})), text);
  }
}

// What we can write we can read; more is not ours, and is not swallowed.
TEST(BanlistJson, B171_AMillionBans) {
  const auto file_of = [](std::uint32_t count) {
    std::string text = R"({"banned_nets": [)";
    for (std::uint32_t i = 0; i < count; ++i) {
      const auto byte = [&](int at) { return std::to_string((i >> (8 * at)) & 0xff); };
      text += (i == 0 ? "" : ",");
      text += R"({"version": 1, "ban_created": 1, "banned_until": )";
      text += i % 2 == 0 ? "2000000000" : "2";
      text += R"(, "address": "10.)" + byte(2) + "." + byte(1) + "." + byte(0) + R"(/32"})";
    }
    return text + "]}";
  };
  SimulatedDisk disk;
  put(disk, file_of(300'000));
  BanList list{{1, 2}};
  EXPECT_FALSE(load_bans(disk, kPath, list, kNow).has_value());
  EXPECT_EQ(list.entries().size(), 150'000u);

  put(disk, file_of(1'000'000));
  BanList empty{{1, 2}};
  const auto warning = load_bans(disk, kPath, empty, kNow);
  ASSERT_TRUE(warning.has_value());
  EXPECT_NE(warning->find("are expected. It is now /banlist.json.damaged"), std::string::npos) << *warning;
  EXPECT_TRUE(empty.entries().empty());
  EXPECT_TRUE(exists(disk, kPath + ".damaged").value());
}

TEST(BanlistJson, V32_WhatCouldNotBeReadBackIsNotWritten) {
  SimulatedDisk disk;
  ASSERT_TRUE(save_bans(disk, kPath, some_bans()));
  BanList list{{1, 2}};
  auto ban_until = [&, banned = std::uint32_t{0}](std::uint32_t count) mutable {
    for (; banned < count; ++banned) {
      NetworkAddress::V1 bytes{0x2a, 0x00};
      store_be(bytes.data() + 4, banned);
      bytes[15] = 1;
      list.ban(Subnet{NetworkAddress::from_v1(bytes)}, {kNow, kNow + 1000});
    }
  };
  ban_until(150'000);
  ASSERT_TRUE(save_bans(disk, kPath, list));
  BanList loaded{{1, 2}};
  EXPECT_FALSE(load_bans(disk, kPath, loaded, kNow).has_value());
  EXPECT_EQ(loaded.entries().size(), 150'000u);
  ban_until(280'000);
  const auto saved = save_bans(disk, kPath, list);
  ASSERT_FALSE(saved.ok());
  EXPECT_NE(saved.error().message.find("too many bans"), std::string::npos);
  EXPECT_FALSE(load_bans(disk, kPath, loaded, kNow).has_value());
}

TEST(BanlistJson, D10_AFileThatCannotBeRenamedIsReported) {
  SimulatedDisk disk;
  put(disk, "{");
  disk.power_off();
  BanList list{{1, 2}};
  const auto warning = load_bans(disk, kPath, list, kNow);
  ASSERT_TRUE(warning.has_value());
  EXPECT_NE(warning->find("could not be renamed"), std::string::npos) << *warning;
}

}  // namespace
}  // namespace kepeng::peer_files
