// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/crypto/sha256.h>

#include <gtest/gtest.h>

#include <kepeng/base/hex.h>
#include <kepeng/crypto/sha256_kernels.h>

#include "crypto_vectors.h"
#include "sha256_internal.h"

namespace kepeng::crypto::test {
namespace {

using kepeng::test::read_shared_json;

TEST(Sha256, NistMessages) {
  KEPENG_NEED_VECTORS();
  std::size_t count = 0;
  for (const char* file : {"SHA256ShortMsg.rsp", "SHA256LongMsg.rsp"}) {
    for (const NistCase& row : read_nist(file)) {
      EXPECT_EQ(to_hex(sha256(row.message)), row.digest);
      ++count;
    }
  }
  EXPECT_EQ(count, 129u);
}

TEST(Sha256, PrimitiveVectors) {
  KEPENG_NEED_VECTORS();
  const auto document = read_shared_json("vectors/crypto/primitives.json");
  std::mt19937_64 random{7};
  std::size_t count = 0;
  for (const auto& row : document["SHA256"].GetArray()) {
    const Bytes message = primitive_message(row);
    EXPECT_EQ(to_hex(sha256(message)), text_of(row, "digest"));
    // The same in pieces of random length.
    Sha256 hasher;
    for (ByteView rest = message; !rest.empty();) {
      const std::size_t taken = std::min<std::size_t>(1 + random() % 200, rest.size());
      hasher.write(rest.first(taken));
      rest = rest.subspan(taken);
    }
    EXPECT_EQ(hasher.bytes_written(), message.size());
    EXPECT_EQ(to_hex(hasher.finalize()), text_of(row, "digest"));
    ++count;
  }
  EXPECT_EQ(count, 10u);
}

TEST(Sha256, DoubleHashIsTheHashOfTheHash) {
  std::mt19937_64 random{1};
  for (std::size_t size = 0; size < 300; ++size) {
    const Bytes message = random_bytes(random, size);
    EXPECT_EQ(sha256d(message), sha256(sha256(message)));
  }
}

TEST(Sha256, TaggedHashStartsFromTheTagTwice) {
  const Hash32 tag = sha256(as_bytes("TapSighash"));
  const Hash32 expected = Sha256{}.write(tag).write(tag).write(as_bytes("message")).finalize();
  const TaggedHasher hasher{"TapSighash"};
  EXPECT_EQ(hasher.hash(as_bytes("message")), expected);
  EXPECT_EQ(hasher.hash(as_bytes("message")), expected) << "a tagged hasher can be used again";
  EXPECT_EQ(tagged_hash("TapSighash", as_bytes("message")), expected);
  EXPECT_EQ(tagged_hash("TapSighash").write(as_bytes("mess")).write(as_bytes("age")).finalize(), expected);
}

TEST(Sha256Kernels, TheChosenOnesAreSupported) {
  bool batch = false, stream = false;
  for (const Sha256Kernel kernel : sha256_kernels()) {
    EXPECT_FALSE(name_of(kernel).empty());
    batch |= kernel == sha256_batch_kernel();
    stream |= kernel == sha256_stream_kernel();
  }
  EXPECT_TRUE(batch);
  EXPECT_TRUE(stream);
}

// Every kernel on this processor against the NIST messages, through the batch engine (which double-hashes).
TEST(Sha256Kernels, NistMessagesInBatches) {
  KEPENG_NEED_VECTORS();
  std::vector<NistCase> cases = read_nist("SHA256ShortMsg.rsp");
  for (NistCase& row : read_nist("SHA256LongMsg.rsp")) cases.push_back(std::move(row));
  std::vector<SegmentedMessage> messages;
  for (const NistCase& row : cases) messages.push_back({{ByteView{row.message}, ByteView{}, ByteView{}}});
  for (const Sha256Kernel kernel : sha256_kernels()) {
    std::vector<Hash32> digests(messages.size());
    sha256d_batch_with(kernel, messages, digests.data());
    for (std::size_t i = 0; i < cases.size(); ++i) {
      EXPECT_EQ(digests[i], sha256(unhex(cases[i].digest))) << name_of(kernel) << " " << i;
    }
  }
}

TEST(Sha256Kernels, MerkleBlocksAgreeForEveryCount) {
  std::mt19937_64 random{2};
  for (const Sha256Kernel kernel : sha256_kernels()) {
    for (std::size_t count = 0; count <= 70; ++count) {
      const Bytes in = random_bytes(random, 64 * count);
      Bytes out(32 * count);
      sha256d64_with(kernel, out.data(), in.data(), count);
      for (std::size_t i = 0; i < count; ++i) {
        const Hash32 expected = sha256d(ByteView{in}.subspan(64 * i, 64));
        ASSERT_TRUE(equal(expected, ByteView{out}.subspan(32 * i, 32))) << name_of(kernel) << " " << i << "/" << count;
      }
      Bytes in_place = in;
      sha256d64_with(kernel, in_place.data(), in_place.data(), count);
      in_place.resize(out.size());
      ASSERT_EQ(in_place, out) << name_of(kernel) << " in place, " << count;
    }
  }
}

// Segment borders at every place of a block, and lengths at every place of the padding.
TEST(Sha256Kernels, SegmentBordersAndPaddingAgree) {
  std::mt19937_64 random{3};
  const Bytes bytes = random_bytes(random, 400);
  std::vector<SegmentedMessage> messages;
  std::vector<Hash32> expected;
  for (std::size_t size = 0; size <= 200; ++size) {
    for (int variant = 0; variant < 4; ++variant) {
      const ByteView whole = ByteView{bytes}.subspan(random() % 200, size);
      const std::size_t first = random() % (size + 1), second = random() % (size - first + 1);
      messages.push_back({{whole.first(first), whole.subspan(first, second), whole.subspan(first + second)}});
      expected.push_back(sha256d(whole));
    }
  }
  for (const Sha256Kernel kernel : sha256_kernels()) {
    std::vector<Hash32> digests(messages.size());
    sha256d_batch_with(kernel, messages, digests.data());
    EXPECT_EQ(digests, expected) << name_of(kernel);
  }
}

TEST(Sha256Kernels, MixedLengthsAndSmallBatchesAgree) {
  std::mt19937_64 random{4};
  const Bytes bytes = random_bytes(random, 20000);
  for (std::size_t count = 0; count <= 40; ++count) {
    std::vector<SegmentedMessage> messages;
    std::vector<Hash32> expected;
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t size = random() % 5 == 0 ? random() % 9000 : random() % 400;
      const ByteView body = ByteView{bytes}.subspan(random() % 10000, size);
      messages.push_back({{ByteView{bytes}.first(4), body, ByteView{bytes}.last(4)}});
      expected.push_back(
          Sha256{}.write(ByteView{bytes}.first(4)).write(body).write(ByteView{bytes}.last(4)).finalize_double());
    }
    for (const Sha256Kernel kernel : sha256_kernels()) {
      std::vector<Hash32> digests(count);
      sha256d_batch_with(kernel, messages, digests.data());
      EXPECT_EQ(digests, expected) << name_of(kernel) << " " << count;
    }
  }
}

#if defined(__x86_64__)
// The single-message kernels with many blocks at once.
TEST(Sha256Kernels, RunsOfBlocksAgree) {
  std::mt19937_64 random{5};
  for (std::size_t count = 0; count < 20; ++count) {
    const Bytes blocks = random_bytes(random, 64 * count);
    auto state = random_array<32>(random);
    std::array<std::uint32_t, 8> scalar, other;
    std::memcpy(scalar.data(), state.data(), 32);
    for (const Sha256Kernel kernel : sha256_kernels()) {
      sha256_kernel::Compress compress = nullptr;
      if (kernel == Sha256Kernel::Bmi2) compress = sha256_kernel::compress_bmi2;
      if (kernel == Sha256Kernel::ShaNi) compress = sha256_kernel::compress_shani;
      if (compress == nullptr) continue;
      std::memcpy(scalar.data(), state.data(), 32);
      other = scalar;
      sha256_kernel::compress_scalar(scalar.data(), blocks.data(), count);
      compress(other.data(), blocks.data(), count);
      EXPECT_EQ(scalar, other) << name_of(kernel) << " " << count;
    }
  }
}
#endif

}  // namespace
}  // namespace kepeng::crypto::test
