// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <gtest/gtest.h>

#include <kepeng/base/files.h>
#include <kepeng/base/random.h>
#include <kepeng/base/simulated_disk.h>
#include <kepeng/storage/block_scanner.h>

namespace kepeng::storage {
namespace {

constexpr NetworkMagic kMagic{0xfa, 0xbf, 0xb5, 0xda};

void add_record(Bytes& to, ByteView bytes) {
  append(to, kMagic);
  append_le(to, static_cast<std::uint32_t>(bytes.size()));
  append(to, bytes);
}

struct Found {
  std::vector<std::uint64_t> offsets;
  std::vector<Bytes> blocks;
  std::uint64_t junk = 0;
};

Found scan(const Bytes& stream, const ObfuscationKey& key = {}) {
  SimulatedDisk disk;
  Bytes stored = stream;
  obfuscate(stored, key);
  auto file = disk.open_write("/f", WriteMode::Truncate).value();
  EXPECT_TRUE(file->append(stored));
  auto scanner = BlockScanner::open(disk, "/f", kMagic, key).value();
  EXPECT_EQ(scanner.size(), stream.size());
  Found found;
  std::uint64_t before = 0;
  for (;;) {
    const auto next = scanner.next();
    EXPECT_TRUE(next);
    EXPECT_GE(scanner.position(), before);
    before = scanner.position();
    if (!next->has_value()) break;
    found.offsets.push_back((*next)->offset);
    found.blocks.emplace_back((*next)->bytes.begin(), (*next)->bytes.end());
  }
  EXPECT_EQ(scanner.position(), stream.size());
  found.junk = scanner.junk_bytes();
  return found;
}

TEST(BlockScanner, B181_FindsRecordsBetweenJunk) {
  Bytes stream(100, 0);
  add_record(stream, Bytes(80, 1));
  append(stream, as_bytes("junk"));
  append(stream, kMagic);  // a magic without a record
  add_record(stream, Bytes(200, 2));
  append(stream, ByteView{kMagic}.first(3));
  add_record(stream, Bytes(79, 3));         // too short for a header
  add_record(stream, Bytes(4'000'001, 4));  // too long for a block
  add_record(stream, Bytes(4'000'000, 5));
  append(stream, ByteView{kMagic}.first(2));
  for (const ObfuscationKey& key : {ObfuscationKey{}, ObfuscationKey{9, 8, 7, 6, 5, 4, 3, 2}}) {
    const Found found = scan(stream, key);
    ASSERT_EQ(found.blocks.size(), 3u);
    EXPECT_EQ(found.blocks[0], Bytes(80, 1));
    EXPECT_EQ(found.offsets[0], 108u);
    EXPECT_EQ(found.blocks[1], Bytes(200, 2));
    EXPECT_EQ(found.blocks[2], Bytes(4'000'000, 5));
    EXPECT_EQ(found.junk, stream.size() - (88 + 208 + 4'000'008));
  }
  EXPECT_TRUE(scan({}).blocks.empty());
}

TEST(BlockScanner, ARejectedRecordMayHideAnother) {
  Bytes inner;
  add_record(inner, Bytes(100, 7));
  Bytes stream;
  Bytes outer(90, 1);
  append(outer, inner);
  outer.resize(300, 1);
  add_record(stream, outer);
  add_record(stream, Bytes(80, 2));
  SimulatedDisk disk;
  ASSERT_TRUE(write_file_atomically(disk, "/f", stream));
  auto scanner = BlockScanner::open(disk, "/f", kMagic, {}).value();
  EXPECT_EQ((*scanner.next())->bytes.size(), 300u);
  scanner.reject();
  const auto hidden = scanner.next();
  ASSERT_EQ((*hidden)->bytes.size(), 100u);
  EXPECT_EQ((*hidden)->offset, 8u + 90 + 8);
  EXPECT_EQ((*scanner.next())->bytes.size(), 80u);
  EXPECT_FALSE(scanner.next()->has_value());
}

TEST(BlockScanner, T11_TornTailsGiveEveryWholeRecordAndNoOther) {
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    Prng chance{seed};
    Bytes stream;
    std::vector<Bytes> whole;
    for (std::uint64_t n = chance.below(5); n > 0; --n) {
      Bytes raw(80 + chance.below(3000));
      chance.fill(raw);
      add_record(stream, raw);
      whole.push_back(raw);
    }
    switch (chance.below(5)) {
      case 0: {  // garbage
        Bytes garbage(chance.below(5000));
        chance.fill(garbage);
        append(stream, garbage);
        break;
      }
      case 1: {  // part of a record
        Bytes last;
        add_record(last, Bytes(1000, 0x33));
        append(stream, ByteView{last}.first(chance.below(last.size())));
        break;
      }
      case 2:  // reserved space
        stream.resize(stream.size() + chance.below(20'000));
        break;
      case 3: {  // magic inside data, at every distance from the end
        Bytes raw(200, 0x11);
        std::copy(kMagic.begin(), kMagic.end(), raw.begin() + static_cast<std::ptrdiff_t>(chance.below(196)));
        add_record(stream, raw);
        whole.push_back(raw);
        append(stream, ByteView{kMagic}.first(chance.below(5)));
        break;
      }
      default:  // a record that claims more than there is, then zeros
        append(stream, kMagic);
        append_le(stream, std::uint32_t{3'000'000});
        stream.resize(stream.size() + 4096);
        break;
    }
    ObfuscationKey key;
    chance.fill(key);
    EXPECT_EQ(scan(stream, key).blocks, whole) << seed;
  }
}

TEST(BlockScanner, RecordsAcrossTheChunksOfReading) {
  Bytes stream;
  std::size_t count = 0;
  for (; stream.size() < (9u << 20); ++count) add_record(stream, Bytes(1'000'003, static_cast<std::uint8_t>(count)));
  stream.insert(stream.begin(), 4, 0xfa);
  const Found found = scan(stream, {1, 2, 3, 4, 5, 6, 7, 8});
  EXPECT_EQ(found.blocks.size(), count);
  EXPECT_EQ(found.junk, 4u);
}

}  // namespace
}  // namespace kepeng::storage
