// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <gtest/gtest.h>

#include <kepeng/base/hex.h>
#include <kepeng/primitives/encoding.h>

namespace kepeng {
namespace {

Bytes with_width(std::uint8_t first, std::uint64_t value, std::size_t width) {
  Bytes raw{first};
  for (std::size_t i = 0; i < width; ++i) raw.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
  return raw;
}

TEST(CompactSize, C075_OnlyTheShortestFormIsRead) {
  const std::uint64_t values[] = {0,          1,          252,         253,         254,        255,        256,
                                  0xfffe,     0xffff,     0x10000,     0x10001,     0x01ffffff, 0x02000000, 0x02000001,
                                  0xfffffffe, 0xffffffff, 0x100000000, 0x100000001, 1ull << 63, ~0ull - 1,  ~0ull};
  for (const std::uint64_t value : values) {
    Bytes shortest;
    append_compact_size(shortest, value);
    EXPECT_EQ(shortest.size(), compact_size_length(value));
    struct Form {
      Bytes raw;
      bool holds;
    };
    std::vector<Form> forms;
    if (value < 253) forms.push_back({{static_cast<std::uint8_t>(value)}, true});
    forms.push_back({with_width(0xfd, value, 2), value <= 0xffff});
    forms.push_back({with_width(0xfe, value, 4), value <= 0xffffffff});
    forms.push_back({with_width(0xff, value, 8), true});
    for (const Form& form : forms) {
      if (!form.holds) continue;
      Cursor cursor{form.raw};
      const std::uint64_t read = cursor.read_compact();
      if (form.raw == shortest) {
        EXPECT_TRUE(cursor.ok()) << value;
        EXPECT_EQ(read, value);
        EXPECT_EQ(cursor.remaining(), 0u);
      } else {
        EXPECT_FALSE(cursor.ok()) << value;
        EXPECT_EQ(cursor.error(), DecodeError::NonCanonicalSize);
        EXPECT_EQ(read, 0u);
      }
      Cursor length{form.raw};
      EXPECT_EQ(length.read_size(), form.raw == shortest && value <= kMaxSize ? value : 0);
      EXPECT_EQ(length.ok(), form.raw == shortest && value <= kMaxSize) << value;
      if (form.raw == shortest && value > kMaxSize) {
        EXPECT_EQ(length.error(), DecodeError::SizeTooLarge);
      }
    }
  }
}

TEST(CompactSize, C075_TruncatedAtEveryByte) {
  for (const Bytes& whole :
       {with_width(0xfd, 0x1234, 2), with_width(0xfe, 0x12345678, 4), with_width(0xff, 0x123456789abcdef0, 8)}) {
    for (std::size_t length = 0; length < whole.size(); ++length) {
      Cursor cursor{ByteView{whole}.first(length)};
      EXPECT_EQ(cursor.read_compact(), 0u);
      EXPECT_EQ(cursor.error(), DecodeError::Truncated);
    }
  }
}

TEST(Cursor, TheFirstFailureSticksAndLaterReadsGiveZeros) {
  const Bytes raw{0x11, 0x22, 0x33, 0x44, 0x55};
  Cursor cursor{raw};
  EXPECT_EQ(cursor.read_le<std::uint16_t>(), 0x2211);
  EXPECT_EQ(cursor.read_le<std::uint32_t>(), 0u);
  EXPECT_FALSE(cursor.ok());
  EXPECT_EQ(cursor.position(), 2u);
  cursor.fail(DecodeError::TrailingBytes);
  EXPECT_EQ(cursor.error(), DecodeError::Truncated);
  EXPECT_EQ(cursor.read_le<std::uint8_t>(), 0);
  EXPECT_TRUE(cursor.read_bytes(1).empty());
  EXPECT_TRUE(cursor.read_var_bytes().empty());
  cursor.skip(1);
  EXPECT_EQ(cursor.position(), 2u);
}

TEST(Cursor, C077_AClaimedLengthReachesNothing) {
  for (const std::uint64_t claimed :
       {std::uint64_t{6}, std::uint64_t{1} << 25, (std::uint64_t{1} << 32) - 1, ~std::uint64_t{0}}) {
    Bytes raw;
    append_compact_size(raw, claimed);
    append(raw, Bytes(5, 0xaa));
    Cursor cursor{raw};
    EXPECT_TRUE(cursor.read_var_bytes().empty());
    EXPECT_EQ(cursor.error(), claimed > kMaxSize ? DecodeError::SizeTooLarge : DecodeError::Truncated);
    Cursor direct{raw};
    EXPECT_TRUE(direct.read_bytes(claimed > SIZE_MAX - 1 ? SIZE_MAX : claimed + raw.size()).empty());
    EXPECT_FALSE(direct.ok());
  }
}

TEST(Encoding, VarBytesGoRoundAndErrorsHaveWords) {
  for (const std::size_t size : {0u, 1u, 252u, 253u, 65535u, 65536u}) {
    const Bytes body(size, 0x5a);
    Bytes raw;
    append_var_bytes(raw, body);
    Cursor cursor{raw};
    EXPECT_TRUE(equal(cursor.read_var_bytes(), body));
    EXPECT_EQ(cursor.remaining(), 0u);
  }
  for (const DecodeError error :
       {DecodeError::Truncated, DecodeError::NonCanonicalSize, DecodeError::SizeTooLarge,
        DecodeError::SuperfluousWitness, DecodeError::UnknownOptionalData, DecodeError::TrailingBytes}) {
    EXPECT_NE(std::string_view{to_string(error)}, "");
  }
}

}  // namespace
}  // namespace kepeng
