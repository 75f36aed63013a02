// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/peer_files/anchors_dat.h>

#include <gtest/gtest.h>

#include <kepeng/base/files.h>
#include <kepeng/base/simulated_disk.h>

namespace kepeng::peer_files {
namespace {

const std::string kPath = "/anchors.dat";
constexpr gossip::NetworkMagic kMagic{0xfa, 0xbf, 0xb5, 0xda};

std::vector<wire::Endpoint> some_anchors() {
  return {{*wire::NetworkAddress::from_string("1.2.3.4"), 8333}, {*wire::NetworkAddress::from_string("5.6.7.8"), 8334}};
}

TEST(AnchorsDat, AreTakenOnce) {
  SimulatedDisk disk;
  EXPECT_TRUE(take_anchors(disk, kPath, kMagic).empty());
  ASSERT_TRUE(save_anchors(disk, kPath, some_anchors(), kMagic));
  EXPECT_EQ(take_anchors(disk, kPath, kMagic), some_anchors());
  EXPECT_FALSE(exists(disk, kPath).value());
  EXPECT_TRUE(take_anchors(disk, kPath, kMagic).empty());
}

// Whoever stopped the node in the middle, or damaged the file, must not decide whom it calls: it is gone as well.
TEST(AnchorsDat, B170_DamagedOnesAreIgnoredAndGo) {
  SimulatedDisk whole;
  ASSERT_TRUE(save_anchors(whole, kPath, some_anchors(), kMagic));
  const Bytes file = read_file(whole, kPath, 1'000).value();
  for (std::size_t at = 0; at < file.size(); ++at) {
    Bytes damaged = file;
    damaged[at] ^= 0x10;
    const ByteView short_one = ByteView{file}.first(at);
    for (const ByteView bytes : {ByteView{damaged}, short_one}) {
      SimulatedDisk disk;
      ASSERT_TRUE(write_file_atomically(disk, kPath, bytes));
      EXPECT_TRUE(take_anchors(disk, kPath, kMagic).empty()) << at;
      EXPECT_FALSE(exists(disk, kPath).value()) << at;
    }
  }
}

}  // namespace
}  // namespace kepeng::peer_files
