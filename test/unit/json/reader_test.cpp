// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <gtest/gtest.h>

#include <filesystem>

#include <kepeng/base/random.h>
#include <kepeng/json/reader.h>
#include <kepeng/json/writer.h>

#include "support/vectors.h"

namespace kepeng::json {
namespace {

Value must_parse(std::string_view text) {
  auto parsed = parse(text);
  EXPECT_TRUE(parsed) << text.substr(0, 80);
  return parsed ? std::move(parsed).value() : Value{};
}

std::string read_back(std::string_view text) {
  return to_text(must_parse(text));
}

TEST(JsonVectors, PassFailAndRoundTripFiles) {
  KEPENG_NEED_VECTORS();
  int pass = 0;
  int fail = 0;
  int round = 0;
  for (const auto& entry : std::filesystem::directory_iterator{test::shared_path("vectors/json")}) {
    const std::string name = entry.path().filename().string();
    const std::string text = test::read_shared_text("vectors/json/" + name);
    const auto parsed = parse(text);
    if (name.starts_with("fail")) {
      ++fail;
      EXPECT_FALSE(parsed) << name;
      continue;
    }
    ASSERT_TRUE(parsed) << name << ": " << parsed.error().message << " at " << parsed.error().position;
    if (name.starts_with("pass")) ++pass;
    if (!name.starts_with("round")) continue;
    ++round;
    EXPECT_EQ(to_text(*parsed) + "\n", text) << name;
  }
  EXPECT_EQ(pass, 4);
  EXPECT_EQ(fail, 44);
  EXPECT_EQ(round, 7);
}

TEST(JsonReader, R010_NestingIsBoundedAndCostsNoStack) {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_TRUE(parse(nested(512)));
  EXPECT_FALSE(parse(nested(513)));
  EXPECT_FALSE(parse(std::string(30'000'000, '[')));
  std::string objects;
  for (int i = 0; i < 1'000'000; ++i) objects += "{\"a\":";
  const auto refused = parse(objects);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, "The value is nested too deeply");
}

TEST(JsonReader, B116_BadTextIsRefusedWithItsPosition) {
  const auto position = [](std::string_view text) {
    const auto parsed = parse(text);
    EXPECT_FALSE(parsed) << text;
    return parsed ? 9999 : parsed.error().position;
  };
  EXPECT_EQ(position("[1, x]"), 4u);
  EXPECT_EQ(position("{} {}"), 3u);
  EXPECT_EQ(position(""), 0u);
  EXPECT_EQ(position(std::string_view{"1\0", 2}), 1u);
  for (std::string_view text : {"NaN",
                                "Infinity",
                                "-",
                                "01",
                                "1.",
                                ".5",
                                "+1",
                                "0x10",
                                "1e",
                                "[1,]",
                                "{\"a\":1,}",
                                "'a'",
                                "// comment\n1",
                                "\xef\xbb\xbf[]",
                                "\"\xc0\x80\"",
                                "\"\xed\xa0\x80\"",
                                "\"\xf4\x90\x80\x80\"",
                                "\"\xff\"",
                                "\"\\ud800\"",
                                "\"\\udc00\"",
                                "\"\\ud800\\u0041\"",
                                "\"\t\"",
                                "tru",
                                "nul"}) {
    position(text);
  }
}

TEST(JsonReader, EscapesBecomeUtf8) {
  const Value value = must_parse(R"("\u0041\n\u00e9\ud834\udd61\/\u0000")");
  EXPECT_EQ(*value.as_string(), std::string("A\n\xc3\xa9\xf0\x9d\x85\xa1/\0", 10));
}

TEST(JsonReader, R010_NumbersKeepTheirText) {
  for (std::string_view text : {"0", "-0", "1.10", "1e5", "1E+5", "123456789012345678901234567890", "0.1e-400", "1e300",
                                "18446744073709551615", "-9223372036854775808"}) {
    EXPECT_EQ(read_back(text), text);
  }
}

TEST(JsonReader, ExponentsBeyondADoubleAreRefused) {
  EXPECT_TRUE(parse("1e308"));
  EXPECT_TRUE(parse("1e-400"));
  for (const char* number : {"1e309", "0e1200", "-1e400"}) EXPECT_FALSE(parse(number)) << number;
}

TEST(JsonValue, WholeNumbers) {
  EXPECT_EQ(must_parse("-9223372036854775808").as_int64(), INT64_MIN);
  EXPECT_EQ(must_parse("9223372036854775807").as_int64(), INT64_MAX);
  EXPECT_EQ(must_parse("9223372036854775808").as_int64(), std::nullopt);
  EXPECT_EQ(must_parse("18446744073709551615").as_uint64(), UINT64_MAX);
  EXPECT_EQ(must_parse("-1").as_uint64(), std::nullopt);
  for (std::string_view text : {"1.5", "1.0", "1e3", "\"1\"", "null", "true", "[1]"}) {
    EXPECT_EQ(must_parse(text).as_int64(), std::nullopt) << text;
  }
  EXPECT_EQ(must_parse("1.5e1").as_double(), 15.0);
  EXPECT_FALSE(parse("1e999"));
}

TEST(JsonValue, MembersKeepOrderAndDuplicatesAreSeen) {
  const Value value = must_parse(R"({"b":1,"a":2,"b":3,"c":{"x":0,"x":1}})");
  ASSERT_EQ(value.size(), 4u);
  EXPECT_EQ(value.members()[0].key, "b");
  EXPECT_EQ(value.find("b")->as_int64(), 1);
  EXPECT_EQ(value.find("z"), nullptr);
  EXPECT_EQ(value.duplicate_key(), "b");
  EXPECT_EQ(must_parse(R"({"a":1,"b":2})").duplicate_key(), std::nullopt);
  EXPECT_EQ(Value{}.find("a"), nullptr);
  EXPECT_EQ(Value{}.size(), 0u);
}

TEST(JsonValue, EqualityIsDeep) {
  EXPECT_EQ(must_parse(R"({"a":[1,true,null,"x"]})"), must_parse(R"( {"a" : [1, true, null, "\u0078"]} )"));
  EXPECT_FALSE(must_parse("[1]") == must_parse("[2]"));
  EXPECT_FALSE(must_parse("1") == must_parse("\"1\""));
  EXPECT_EQ(must_parse("[]"), Value::array({}));
}

TEST(JsonAmount, R010_B120_ExactOrRefused) {
  const auto amount = [](std::string_view text) { return parse_fixed_point(text, 8); };
  EXPECT_EQ(amount("0"), 0);
  EXPECT_EQ(amount("1"), 100'000'000);
  EXPECT_EQ(amount("0.00000001"), 1);
  EXPECT_EQ(amount("-0.00000001"), -1);
  EXPECT_EQ(amount("20999999.99999999"), 2'099'999'999'999'999);
  EXPECT_EQ(amount("1e-8"), 1);
  EXPECT_EQ(amount("1E+1"), 1'000'000'000);
  EXPECT_EQ(amount("0.1e-7"), 1);
  EXPECT_EQ(amount("0.01e-6"), 1);
  EXPECT_EQ(amount("1.000000000000"), 100'000'000);
  EXPECT_EQ(amount("0.00000000000000000000000000000000000001e+30"), 1);
  EXPECT_EQ(amount("0e99999999999"), 0);
  EXPECT_EQ(amount("9999999999.99999999"), 999'999'999'999'999'999);
  for (std::string_view text : {"0.000000001",
                                "1e-9",
                                "10000000000",
                                "1e10",
                                "1e99999999999",
                                "-1e400",
                                "",
                                "-",
                                ".1",
                                "1.",
                                "01",
                                "+1",
                                "1e",
                                "1e+",
                                "0x1",
                                " 1",
                                "1 ",
                                "1,0",
                                "1.1.1",
                                "--1",
                                "NaN",
                                "1e1.5",
                                "92233720368.54775808"}) {
    EXPECT_EQ(amount(text), std::nullopt) << text;
  }
  EXPECT_EQ(must_parse("\"0.5\"").as_amount(), 50'000'000);
  EXPECT_EQ(must_parse("0.5").as_amount(), 50'000'000);
  EXPECT_EQ(must_parse("true").as_amount(), std::nullopt);
}

TEST(JsonAmount, R010_AMillionRandomAmountsSurviveTheRoundTrip) {
  Prng prng{20260801};
  std::string text;
  for (int i = 0; i < 1'000'000; ++i) {
    const auto units = static_cast<std::int64_t>(prng.next() >> (4 + prng.below(60))) * (prng.below(2) == 0 ? 1 : -1);
    if (units > 999'999'999'999'999'999 || units < -999'999'999'999'999'999) continue;
    text.clear();
    Writer{text}.amount(units);
    ASSERT_EQ(parse_fixed_point(text, 8), units) << text;
  }
}

}  // namespace
}  // namespace kepeng::json
