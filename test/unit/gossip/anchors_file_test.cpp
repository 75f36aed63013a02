// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/gossip/anchors_file.h>

#include <gtest/gtest.h>

#include <kepeng/base/hex.h>

namespace kepeng::gossip {
namespace {

constexpr NetworkMagic kMagic{0xfa, 0xbf, 0xb5, 0xda};

std::vector<wire::Endpoint> some_anchors() {
  return {wire::parse_endpoint("1.2.3.4:8333", 0).value(), wire::parse_endpoint("[2a00::7]:18444", 0).value()};
}

TEST(AnchorsFile, HoldsWhatWasPutIn) {
  const Bytes file = write_anchors_file(some_anchors(), kMagic);
  EXPECT_EQ(read_anchors_file(file, kMagic).value(), some_anchors());
  EXPECT_TRUE(read_anchors_file(write_anchors_file({}, kMagic), kMagic).value().empty());
  // Magic, count, then version, time, services, network, length, address, port of the first.
  EXPECT_EQ(to_hex(ByteView{file}.first(21)), "fabfb5da02605b0320000000000901040102030420");
}

TEST(AnchorsFile, D10_DamageIsNoticed) {
  const Bytes file = write_anchors_file(some_anchors(), kMagic);
  for (std::size_t length = 0; length < file.size(); ++length) {
    EXPECT_FALSE(read_anchors_file(ByteView{file}.first(length), kMagic).ok());
  }
  for (std::size_t at = 0; at < file.size(); ++at) {
    Bytes damaged = file;
    damaged[at] ^= 1;
    EXPECT_FALSE(read_anchors_file(damaged, kMagic).ok());
  }
  EXPECT_EQ(read_anchors_file(file, {1, 2, 3, 4}).error(), "it belongs to another network");
}

}  // namespace
}  // namespace kepeng::gossip
