// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/base/uint128.h>

#include <gtest/gtest.h>

#include <kepeng/base/random.h>

namespace kepeng {
namespace {

TEST(PortableUint128Test, C080_KnownProductsAndCarries) {
  const PortableUint128 most{UINT64_MAX};
  const PortableUint128 square = most * most;
  EXPECT_EQ(static_cast<std::uint64_t>(square), 1u);
  EXPECT_EQ(static_cast<std::uint64_t>(square >> 64), UINT64_MAX - 1);
  EXPECT_EQ(static_cast<std::uint64_t>((most + most) >> 1), UINT64_MAX);
  EXPECT_EQ(static_cast<std::uint64_t>((PortableUint128{0} - PortableUint128{1}) >> 100), (1u << 28) - 1);
  EXPECT_EQ(square + most + most - most - most, square);
  EXPECT_LT(most, square);
}

#if defined(__SIZEOF_INT128__)
// What 32-bit hosts compute, against the compiler's own type.
TEST(PortableUint128Test, C080_SameAsTheCompilers) {
  const auto same = [](PortableUint128 portable, Uint128 native) {
    return static_cast<std::uint64_t>(portable) == static_cast<std::uint64_t>(native) &&
           static_cast<std::uint64_t>(portable >> 64) == static_cast<std::uint64_t>(native >> 64);
  };
  Prng random{80};
  constexpr std::uint64_t kEdges[] = {0, 1, 0xffffffff, 0x100000000, UINT64_MAX - 1, UINT64_MAX, 1ull << 63};
  const auto pick = [&] { return random.below(4) == 0 ? kEdges[random.below(std::size(kEdges))] : random.next(); };
  for (int i = 0; i < 200'000; ++i) {
    const std::uint64_t a = pick();
    const std::uint64_t b = pick();
    const std::uint64_t c = pick();
    const auto bits = static_cast<unsigned>(random.below(128));
    const PortableUint128 portable = PortableUint128{a} * b + c;
    const Uint128 native = Uint128{a} * b + c;
    ASSERT_TRUE(same(portable, native)) << a << ' ' << b << ' ' << c;
    ASSERT_TRUE(same(portable - c - a, native - c - a));
    ASSERT_TRUE(same(portable >> bits, native >> bits)) << bits;
    ASSERT_TRUE(same(portable * (portable >> 3), native * (native >> 3)));
    ASSERT_EQ(portable < PortableUint128{c} * a, native < Uint128{c} * a);
  }
}
#endif

}  // namespace
}  // namespace kepeng
