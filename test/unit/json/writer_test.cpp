// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <gtest/gtest.h>

#include <chrono>

#include <kepeng/base/hex.h>
#include <kepeng/json/reader.h>
#include <kepeng/json/writer.h>

namespace kepeng::json {
namespace {

template <class F>
std::string written(F&& write, Layout layout = Layout::Compact) {
  std::string text;
  Writer out{text, layout};
  write(out);
  EXPECT_TRUE(out.finished());
  return text;
}

std::string real(double number) {
  return written([&](Writer& out) { out.real(number); });
}
std::string amount(std::int64_t satoshi) {
  return written([&](Writer& out) { out.amount(satoshi); });
}

void sample(Writer& out) {
  const Bytes bytes{0x01, 0xab};
  out.begin_object();
  out.field("text", "a\"b");
  out.field("yes", true);
  out.field("int", -7);
  out.field("big", UINT64_MAX);
  out.field("real", 1.5);
  out.field_amount("amount", 150'000'000);
  out.key("nested"), out.begin_array();
  out.write(1), out.null(), out.begin_object(), out.end_object(), out.begin_array(), out.end_array();
  out.end_array();
  out.field_hex("hex", bytes);
  out.key("reversed"), out.hex_reversed(bytes);
  out.key("raw"), out.raw("[1,2]");
  out.end_object();
}

TEST(JsonWriter, CompactHasNoSpaces) {
  EXPECT_EQ(written(sample),
            R"({"text":"a\"b","yes":true,"int":-7,"big":18446744073709551615,"real":1.5,)"
            R"("amount":1.50000000,"nested":[1,null,{},[]],"hex":"01ab","reversed":"ab01","raw":[1,2]})");
}

TEST(JsonWriter, IndentedIsBitcoindsLayout) {
  EXPECT_EQ(written(sample, Layout::Indented), R"({
  "text": "a\"b",
  "yes": true,
  "int": -7,
  "big": 18446744073709551615,
  "real": 1.5,
  "amount": 1.50000000,
  "nested": [
    1,
    null,
    {
    },
    [
    ]
  ],
  "hex": "01ab",
  "reversed": "ab01",
  "raw": [1,2]
})");
}

TEST(JsonWriter, DoublesHaveUpToSixteenDigits) {
  EXPECT_EQ(real(0), "0");
  EXPECT_EQ(real(1), "1");
  EXPECT_EQ(real(0.1), "0.1");
  EXPECT_EQ(real(1.0 / 3), "0.3333333333333333");
  EXPECT_EQ(real(4.656542373906925e-10), "4.656542373906925e-10");
  EXPECT_EQ(real(126411437451912.23), "126411437451912.2");
  EXPECT_EQ(real(1e16), "1e+16");
  EXPECT_EQ(real(-0.00001), "-1e-05");
  EXPECT_EQ(real(123456.0), "123456");
}

TEST(JsonWriter, AmountsHaveEightDecimals) {
  EXPECT_EQ(amount(0), "0.00000000");
  EXPECT_EQ(amount(1), "0.00000001");
  EXPECT_EQ(amount(-1), "-0.00000001");
  EXPECT_EQ(amount(2'100'000'000'000'000), "21000000.00000000");
  EXPECT_EQ(amount(INT64_MIN), "-92233720368.54775808");
  EXPECT_EQ(amount(INT64_MAX), "92233720368.54775807");
}

TEST(JsonWriter, Escapes) {
  const auto quoted = [](std::string_view text) {
    std::string out;
    append_quoted(out, text);
    return out;
  };
  EXPECT_EQ(quoted("plain \xc3\xa9/"), "\"plain \xc3\xa9/\"");
  EXPECT_EQ(quoted("\"\\\b\f\n\r\t"), R"("\"\\\b\f\n\r\t")");
  EXPECT_EQ(quoted(std::string_view{"\0\x1f\x7f", 3}), R"("\u0000\u001f\u007f")");
  EXPECT_EQ(quoted(""), "\"\"");
}

TEST(JsonWriter, ParsedValueIsWrittenInBothLayouts) {
  const auto value = parse(R"({"a":[1,{"b":null}],"c":"x"})");
  ASSERT_TRUE(value);
  EXPECT_EQ(to_text(*value), R"({"a":[1,{"b":null}],"c":"x"})");
  EXPECT_EQ(to_text(*value, Layout::Indented),
            "{\n  \"a\": [\n    1,\n    {\n      \"b\": null\n    }\n  ],\n  \"c\": \"x\"\n}");
}

TEST(JsonWriterDeathTest, AWrongOrderOfCallsStopsTheProcess) {
  std::string text;
  EXPECT_DEATH(
      {
        Writer out{text};
        out.begin_object();
        out.int64(1);
      },
      "");
  EXPECT_DEATH(
      {
        Writer out{text};
        out.null();
        out.null();
      },
      "");
  EXPECT_DEATH(
      {
        Writer out{text};
        out.begin_array();
        out.end_object();
      },
      "");
}

}  // namespace
}  // namespace kepeng::json
