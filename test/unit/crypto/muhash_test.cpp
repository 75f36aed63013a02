// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/crypto/muhash.h>

#include <gtest/gtest.h>

#include <algorithm>

#include <kepeng/base/hex.h>
#include <kepeng/crypto/sha256.h>

#include "crypto_vectors.h"
#include "number3072.h"

namespace kepeng::crypto::test {
namespace {

using kepeng::test::read_shared_json;
using number3072::Limbs;

MuHash from_bytes(const Bytes& bytes) {
  MuHash::State state{};
  std::copy(bytes.begin(), bytes.end(), state.begin());
  return MuHash::deserialize(state);
}

TEST(MuHash, Vectors) {
  KEPENG_NEED_VECTORS();
  const auto document = read_shared_json("vectors/crypto/muhash.json");
  std::size_t count = 0;
  for (const auto& row : document["final"].GetArray()) {
    MuHash hash;
    for (const auto& element : row["insert"].GetArray()) hash.insert(unhex(element.GetString()));
    for (const auto& element : row["remove"].GetArray()) hash.remove(unhex(element.GetString()));
    const Hash32 digest = hash.finalize();
    EXPECT_EQ(row["digest_is_reversed"].GetBool() ? to_hex_reversed(digest) : to_hex(digest),
              text_of(row, "digest_hex"));
    ++count;
  }
  for (const auto& row : document["serialization"].GetArray()) {
    MuHash hash;
    for (const auto& element : row["insert"].GetArray()) hash.insert(unhex(element.GetString()));
    const Bytes expected = unhex(text_of(row, "state_hex"));
    const MuHash::State state = hash.serialize();
    ASSERT_TRUE(expected.size() == MuHash::kNumberSize || expected.size() == MuHash::kStateSize);
    EXPECT_TRUE(equal(ByteView{state}.first(expected.size()), expected));
    EXPECT_EQ(MuHash::deserialize(state).finalize(), hash.finalize());
    ++count;
  }
  for (const auto& row : document["overflow"].GetArray()) {
    const Hash32 digest = from_bytes(unhex(text_of(row, "state_hex"))).finalize();
    const bool reversed = row.HasMember("digest_is_reversed") && row["digest_is_reversed"].GetBool();
    EXPECT_EQ(reversed ? to_hex_reversed(digest) : to_hex(digest), text_of(row, "digest_hex"));
    ++count;
  }
  EXPECT_EQ(count, 3u);
}

TEST(MuHash, OrderDoesNotMatterAndRemovingUndoes) {
  std::mt19937_64 random{51};
  std::vector<Bytes> elements;
  for (int i = 0; i < 12; ++i) elements.push_back(random_bytes(random, static_cast<std::size_t>(random() % 90)));
  MuHash forward, backward, parts[2];
  for (const Bytes& element : elements) forward.insert(element);
  std::reverse(elements.begin(), elements.end());
  for (const Bytes& element : elements) backward.insert(element);
  EXPECT_EQ(forward.finalize(), backward.finalize());
  EXPECT_EQ(forward.serialize(), backward.serialize());

  for (std::size_t i = 0; i < elements.size(); ++i) parts[i % 2].insert(elements[i]);
  MuHash whole = parts[0];
  whole.combine(parts[1]);
  EXPECT_EQ(whole.finalize(), forward.finalize());
  whole.subtract(parts[0]);
  EXPECT_EQ(whole.finalize(), parts[1].finalize());
  EXPECT_NE(whole.finalize(), parts[0].finalize());

  for (const Bytes& element : elements) forward.remove(element);
  EXPECT_EQ(forward.finalize(), MuHash{}.finalize());
  forward.combine(forward);
  EXPECT_EQ(forward.finalize(), MuHash{}.finalize()) << "combined with itself";

  MuHash before;
  before.remove(elements[0]);
  before.insert(elements[0]);
  EXPECT_EQ(before.finalize(), MuHash{}.finalize()) << "removed before it was inserted";
}

TEST(MuHash, ZeroFromOutsideDoesNotStopTheProcess) {
  EXPECT_EQ(from_bytes(Bytes(MuHash::kStateSize, 0)).finalize(), sha256(Bytes(MuHash::kNumberSize, 0)));
}

Limbs extreme(std::mt19937_64& random) {
  Limbs number;
  for (std::uint64_t& limb : number) limb = random() % 3 == 0 ? random() : random() % 2 == 0 ? ~std::uint64_t{0} : 0;
  return number;
}

TEST(Number3072, RowKernelsAgree) {
#if defined(__x86_64__)
  if (!number3072::has_adx()) GTEST_SKIP() << "this processor has no ADX";
  std::mt19937_64 random{52};
  for (int i = 0; i < 2000; ++i) {
    Limbs portable = extreme(random), adx = portable;
    const Limbs factor = extreme(random);
    const std::uint64_t digit = extreme(random)[0];
    EXPECT_EQ(number3072::add_row(portable.data(), digit, factor.data()),
              number3072::add_row_adx(adx.data(), digit, factor.data()));
    ASSERT_EQ(portable, adx);
  }
#endif
}

TEST(Number3072, RingLawsHoldAtTheEdges) {
  std::mt19937_64 random{53};
  const auto times = [](Limbs a, const Limbs& b) {
    number3072::multiply(a, b);
    number3072::reduce(a);
    return a;
  };
  Limbs minus_one;  // the modulus less one
  minus_one.fill(~std::uint64_t{0});
  minus_one[0] -= number3072::kComplement;
  EXPECT_EQ(times(minus_one, minus_one), Limbs{1});
  Limbs highest;  // 2^3072 - 1, which stands for kComplement - 1
  highest.fill(~std::uint64_t{0});
  EXPECT_EQ(times(highest, Limbs{1}), Limbs{number3072::kComplement - 1});
  EXPECT_EQ(times(highest, highest), Limbs{(number3072::kComplement - 1) * (number3072::kComplement - 1)});
  for (int i = 0; i < 200; ++i) {
    const Limbs a = extreme(random), b = extreme(random), c = extreme(random);
    EXPECT_EQ(times(a, b), times(b, a));
    EXPECT_EQ(times(times(a, b), c), times(a, times(b, c)));
    if (times(a, Limbs{1}) == Limbs{}) continue;
    EXPECT_EQ(times(a, number3072::inverse(a)), Limbs{1});
  }
}

}  // namespace
}  // namespace kepeng::crypto::test
