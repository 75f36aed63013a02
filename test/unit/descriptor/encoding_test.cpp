// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <gtest/gtest.h>

#include <algorithm>

#include <kepeng/base/hex.h>
#include <kepeng/descriptor/address.h>
#include <kepeng/descriptor/base58.h>
#include <kepeng/descriptor/bech32.h>

#include "support/vectors.h"

namespace kepeng::descriptor {
namespace {

using test::read_shared_json;

constexpr std::array kNetworks{params::Network::Main, params::Network::Testnet3, params::Network::Testnet4,
                               params::Network::Signet, params::Network::Regtest};

params::NetworkParams network(params::Network which) {
  return params::make_network({.network = which}).value();
}

TEST(Base58, EncodesAndDecodesEveryVector) {
  KEPENG_NEED_VECTORS();
  const auto rows = read_shared_json("vectors/encoding/base58_encode_decode.json");
  unsigned cases = 0;
  for (const auto& row : rows.GetArray()) {
    const Bytes bytes = test::unhex(row[0].GetString());
    const std::string text = row[1].GetString();
    ++cases;
    EXPECT_EQ(encode_base58(bytes), text);
    EXPECT_EQ(decode_base58(text, 256), bytes) << text;
    EXPECT_EQ(decode_base58(" \t\n" + text + " \r", bytes.size()), bytes) << text;
    if (bytes.empty()) continue;
    EXPECT_EQ(decode_base58(text, bytes.size() - 1), std::nullopt) << text;
  }
  EXPECT_EQ(cases, 21u);
}

TEST(Base58, RefusesOtherCharactersAndInnerSpace) {
  for (const char* text : {"0", "I", "O", "l", "a b", "good\xff", "bad0IOl", "skip\x01"}) {
    EXPECT_EQ(decode_base58(text, 256), std::nullopt) << text;
  }
  EXPECT_EQ(decode_base58(std::string_view{"a\0b", 3}, 256), std::nullopt);
  EXPECT_EQ(decode_base58(std::string(100'000, 'z'), 256), std::nullopt);
}

TEST(Base58Check, NoticesEveryChangedCharacter) {
  const Bytes payload = test::unhex("00a31c06bd463e3923bc1aadbde48b16976c08071788");
  const std::string text = encode_base58_check(payload);
  EXPECT_EQ(decode_base58_check(text, payload.size()), payload);
  EXPECT_EQ(decode_base58_check(text, payload.size() - 1), std::nullopt);
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string changed = text;
    changed[i] = changed[i] == 'z' ? 'y' : 'z';
    EXPECT_EQ(decode_base58_check(changed, 64), std::nullopt) << changed;
  }
  EXPECT_EQ(decode_base58_check("", 64), std::nullopt);
  EXPECT_EQ(decode_base58_check("2g", 64), std::nullopt);
}

void expect_bech32(const char* set, Bech32Checksum checksum, std::size_t valid_count, std::size_t invalid_count) {
  const auto rows = read_shared_json("vectors/encoding/bech32_bip173_bip350.json");
  const auto& vectors = rows[set];
  EXPECT_EQ(vectors["valid"].Size(), valid_count);
  for (const auto& row : vectors["valid"].GetArray()) {
    const auto content = decode_bech32(row.GetString());
    ASSERT_TRUE(content.has_value()) << row.GetString();
    EXPECT_EQ(content->checksum, checksum);
    std::string lower = row.GetString();
    std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
    EXPECT_EQ(encode_bech32(*content), lower);
    EXPECT_EQ(locate_bech32_errors(row.GetString()).message, "");
  }
  EXPECT_EQ(vectors["invalid"].Size(), invalid_count);
  for (const auto& row : vectors["invalid"].GetArray()) {
    const Bytes bytes = test::unhex(row["bytes_hex"].GetString());
    const auto content = decode_bech32(as_text(bytes));
    EXPECT_FALSE(content && content->checksum == checksum) << row["note"].GetString();
  }
}

TEST(Bech32, Bip173Strings) {
  KEPENG_NEED_VECTORS();
  expect_bech32("bip173_bech32", Bech32Checksum::Bech32, 7, 12);
}

TEST(Bech32, Bip350Strings) {
  KEPENG_NEED_VECTORS();
  expect_bech32("bip350_bech32m", Bech32Checksum::Bech32m, 7, 14);
}

TEST(Bech32, AddressesOfBip173AndBip350) {
  KEPENG_NEED_VECTORS();
  const auto rows = read_shared_json("vectors/encoding/bech32_bip173_bip350.json");
  const auto main = network(params::Network::Main);
  const auto testnet = network(params::Network::Testnet3);
  const auto script_of = [&](std::string_view text) -> std::optional<Bytes> {
    for (const auto* which : {&main, &testnet}) {
      if (const auto destination = parse_address(text, *which)) return destination->script();
    }
    return std::nullopt;
  };
  unsigned cases = 0;
  for (const auto& row : rows["bip350_bech32m"]["valid_addresses"].GetArray()) {
    EXPECT_EQ(script_of(row["address"].GetString()), test::unhex(row["script_pubkey"].GetString()));
    ++cases;
  }
  for (const auto& row : rows["bip173_bech32"]["superseded_valid_addresses"].GetArray()) {
    const Bytes script = test::unhex(row["script_pubkey"].GetString());
    // BIP350 took away the right of versions above 0 to the old checksum.
    EXPECT_EQ(script_of(row["address"].GetString()).has_value(), script[0] == 0) << row["address"].GetString();
    ++cases;
  }
  for (const char* set : {"bip173_bech32", "bip350_bech32m"}) {
    for (const auto& row : rows[set]["invalid_addresses"].GetArray()) {
      EXPECT_FALSE(script_of(row["address"].GetString()).has_value()) << row["note"].GetString();
      ++cases;
    }
  }
  EXPECT_EQ(cases, 8u + 6 + 10 + 15);
}

// One wrong symbol, and two, anywhere behind the separator: exactly those places are named.
TEST(Bech32, LocatesOneAndTwoErrors) {
  const std::string text = "bcrt1qgh2kscqv8fh72r2tn5hy584rscv7ak0v64dv9cvjqz5v7jhs4ygsl0srgy";
  ASSERT_TRUE(decode_bech32(text).has_value());
  const auto damage = [](std::string& at, std::size_t i) { at[i] = at[i] == 'q' ? 'p' : 'q'; };
  for (std::size_t first = 5; first < text.size(); ++first) {
    std::string one = text;
    damage(one, first);
    const auto found = locate_bech32_errors(one);
    EXPECT_EQ(found.message, "Invalid Bech32 checksum");
    EXPECT_EQ(found.positions, std::vector{static_cast<int>(first)});
    for (std::size_t second = first + 1; second < text.size(); second += 7) {
      std::string two = one;
      damage(two, second);
      const auto both = locate_bech32_errors(two);
      EXPECT_EQ(both.positions, (std::vector{static_cast<int>(first), static_cast<int>(second)})) << two;
    }
  }
}

TEST(Bech32, SaysWhatIsWrong) {
  const auto expect = [](std::string_view text, std::string_view message, const std::vector<int>& positions) {
    const Bech32Errors errors = locate_bech32_errors(text);
    EXPECT_EQ(errors.message, message) << text;
    EXPECT_EQ(errors.positions, positions) << text;
  };
  expect("bcrt1qw508d6qejXTDG4y5r3zarvary0c5xw7kygt080", "Invalid character or mixed case", {15, 16, 17, 18});
  expect("bcrt1qw508d6 qejxt", "Invalid character or mixed case", {12});
  expect("bcrtqqqqqqq", "Missing separator", {});
  expect("1qqqqqqqqqqqq", "Invalid separator position", {0});
  expect("bcrt1qqqqq", "Invalid separator position", {4});
  expect("bcrt1qqbqqqqqqq", "Invalid Base 32 character", {7});
  expect("bcrt1" + std::string(87, 'q'), "Bech32 string too long", {90, 91});
}

// --- key_io ----------------------------------------------------------------------------------------------------------

TEST(KeyIo, ValidTexts) {
  KEPENG_NEED_VECTORS();
  const auto rows = read_shared_json("vectors/encoding/key_io_valid.json");
  unsigned addresses = 0;
  unsigned keys = 0;
  for (const auto& row : rows.GetArray()) {
    std::string text = row[0].GetString();
    const Bytes bytes = test::unhex(row[1].GetString());
    const auto which = params::network_from_name(row[2]["chain"].GetString());
    ASSERT_TRUE(which.has_value());
    const auto chain = network(*which);
    if (row[2]["isPrivkey"].GetBool()) {
      const auto key = parse_wif(text, chain);
      ASSERT_TRUE(key.has_value()) << text;
      EXPECT_TRUE(equal(key->key.bytes(), bytes));
      EXPECT_EQ(key->is_compressed, row[2]["isCompressed"].GetBool());
      EXPECT_EQ(to_wif(*key, chain), text);
      EXPECT_FALSE(parse_address(text, chain).ok());
      ++keys;
      continue;
    }
    const auto destination = parse_address(text, chain);
    ASSERT_TRUE(destination.ok()) << text << ": " << destination.error().message;
    EXPECT_EQ(destination->script(), bytes);
    EXPECT_EQ(Destination::of_script(bytes), *destination);
    EXPECT_EQ(to_address(*destination, chain), text);
    EXPECT_FALSE(parse_wif(text, chain).has_value());
    std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) {
      return static_cast<char>(std::isupper(c) != 0 ? std::tolower(c) : std::toupper(c));
    });
    const bool flips = row[2].HasMember("tryCaseFlip") && row[2]["tryCaseFlip"].GetBool();
    EXPECT_EQ(parse_address(text, chain).ok(), flips) << text;
    ++addresses;
  }
  EXPECT_EQ(addresses + keys, 70u);
  EXPECT_GT(keys, 10u);
}

TEST(KeyIo, InvalidTexts) {
  KEPENG_NEED_VECTORS();
  const auto rows = read_shared_json("vectors/encoding/key_io_invalid.json");
  unsigned cases = 0;
  for (const auto& row : rows.GetArray()) {
    for (const auto which : kNetworks) {
      EXPECT_FALSE(parse_address(row[0].GetString(), network(which)).ok()) << row[0].GetString();
      EXPECT_FALSE(parse_wif(row[0].GetString(), network(which)).has_value()) << row[0].GetString();
    }
    ++cases;
  }
  EXPECT_EQ(cases, 70u);
}

TEST(Addresses, ErrorsAreBitcoinds) {
  const auto main = network(params::Network::Main);
  const auto error = [&](std::string_view text) {
    const auto parsed = parse_address(text, main);
    return parsed.ok() ? std::string{} : parsed.error().message;
  };
  const auto bech32 = [](Bech32Checksum checksum, std::string_view prefix, const Bytes& symbols) {
    return encode_bech32({checksum, std::string{prefix}, symbols});
  };
  const auto program = [](std::uint8_t version, std::size_t bytes) {
    Bytes symbols{version};
    append_as_symbols(symbols, Bytes(bytes));
    return symbols;
  };
  constexpr auto kOld = Bech32Checksum::Bech32;
  constexpr auto kNew = Bech32Checksum::Bech32m;
  EXPECT_EQ(error(bech32(kOld, "bc", {})), "Empty Bech32 data section");
  EXPECT_EQ(error(bech32(kOld, "bcrt", program(0, 20))),
            "Invalid or unsupported prefix for Segwit (Bech32) address (expected bc, got bcrt).");
  EXPECT_EQ(error(bech32(kNew, "bc", program(0, 20))), "Version 0 witness address must use Bech32 checksum");
  EXPECT_EQ(error(bech32(kOld, "bc", program(1, 32))), "Version 1+ witness address must use Bech32m checksum");
  EXPECT_EQ(error(bech32(kOld, "bc", program(0, 21))), "Invalid Bech32 v0 address program size (21 bytes), per BIP141");
  EXPECT_EQ(error(bech32(kOld, "bc", program(0, 1))), "Invalid Bech32 v0 address program size (1 byte), per BIP141");
  EXPECT_EQ(error(bech32(kNew, "bc", program(1, 41))), "Invalid Bech32 address program size (41 bytes)");
  EXPECT_EQ(error(bech32(kNew, "bc", program(1, 1))), "Invalid Bech32 address program size (1 byte)");
  EXPECT_EQ(error(bech32(kNew, "bc", program(17, 32))), "Invalid Bech32 address witness version");
  EXPECT_EQ(error(bech32(kNew, "bc", {1, 0, 0, 0, 0, 1})), "Invalid padding in Bech32 data section");
  EXPECT_EQ(error(""), "Invalid checksum or length of Base58 address (P2PKH or P2SH)");
  EXPECT_EQ(error("tb1qqqqqq0"), "Invalid or unsupported Segwit (Bech32) or Base58 encoding.");
  EXPECT_EQ(error(encode_base58_check(Bytes(20))), "Invalid length for Base58 address (P2PKH or P2SH)");
  EXPECT_EQ(error(encode_base58_check(Bytes(21, 0x6f))), "Invalid or unsupported Base58-encoded address.");
}

}  // namespace
}  // namespace kepeng::descriptor
