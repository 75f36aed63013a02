// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/descriptor/extended_key.h>

#include <gtest/gtest.h>

#include <algorithm>

#include <kepeng/base/hex.h>
#include <kepeng/descriptor/address.h>
#include <kepeng/descriptor/base58.h>
#include <kepeng/descriptor/bech32.h>

#include "support/vectors.h"

namespace kepeng::descriptor {
namespace {

const params::NetworkParams& main_network() {
  static const params::NetworkParams kNetwork = params::make_network({.network = params::Network::Main}).value();
  return kNetwork;
}

const crypto::Signer& signer() {
  static const crypto::Signer kSigner{crypto::Hash32{}};
  return kSigner;
}

// "m/0'/1" -> {0 hardened, 1}
std::vector<std::uint32_t> path_of(const std::string& text) {
  std::vector<std::uint32_t> path;
  for (std::size_t slash = text.find('/'); slash != std::string::npos; slash = text.find('/', slash + 1)) {
    const std::string step = text.substr(slash + 1, text.find('/', slash + 1) - slash - 1);
    const bool is_hardened = step.back() == '\'' || step.back() == 'h' || step.back() == 'H';
    path.push_back(static_cast<std::uint32_t>(std::stoul(step)) + (is_hardened ? kHardened : 0));
  }
  return path;
}

TEST(ExtendedKeys, C130_DeriveEveryChainOfBip32) {
  KEPENG_NEED_VECTORS();
  const auto vectors = test::read_shared_json("vectors/wallet/bip32.json");
  unsigned chains = 0;
  for (const auto& row : vectors["valid"].GetArray()) {
    const auto master = ExtendedPrivateKey::from_seed(test::unhex(row["seed"].GetString()));
    ASSERT_TRUE(master.has_value());
    for (const auto& chain : row["chains"].GetArray()) {
      const std::string xpub = chain["xpub"].GetString();
      const std::string xprv = chain["xprv"].GetString();
      const auto path = path_of(chain["path"].GetString());
      const auto derived = master->derive(path, signer());
      ASSERT_TRUE(derived.has_value()) << chain["path"].GetString();
      EXPECT_EQ(to_text(*derived, main_network()), xprv);
      EXPECT_EQ(to_text(derived->neuter(signer()), main_network()), xpub);
      EXPECT_EQ(to_text(parse_extended_private_key(xprv, main_network()).value(), main_network()), xprv);
      EXPECT_EQ(parse_extended_public_key(xpub, main_network()).value(), derived->neuter(signer()));
      // The public side of the tree arrives at the same key, where no step is hardened.
      if (!path.empty() && path.back() < kHardened) {
        const auto parent = master->derive(std::span{path}.first(path.size() - 1), signer());
        EXPECT_EQ(parent->neuter(signer()).derive(path.back()), derived->neuter(signer()));
      }
      ++chains;
    }
  }
  EXPECT_EQ(chains, 17u);
}

TEST(ExtendedKeys, C130_RefuseEveryInvalidKeyOfBip32) {
  KEPENG_NEED_VECTORS();
  const auto vectors = test::read_shared_json("vectors/wallet/bip32.json");
  unsigned keys = 0;
  for (const auto& row : vectors["invalid_keys"].GetArray()) {
    EXPECT_FALSE(parse_extended_public_key(row["key"].GetString(), main_network()).ok()) << row["note"].GetString();
    EXPECT_FALSE(parse_extended_private_key(row["key"].GetString(), main_network()).ok()) << row["note"].GetString();
    ++keys;
  }
  EXPECT_EQ(keys, 16u);
}

TEST(ExtendedKeys, C130_SeedsHave16To64Bytes) {
  for (std::size_t size = 0; size <= 100; ++size) {
    EXPECT_EQ(ExtendedPrivateKey::from_seed(Bytes(size, 7)).has_value(), size >= 16 && size <= 64) << size;
  }
}

// One byte of a good key changed at a time, under a right checksum: what is refused and what is merely another key.
TEST(ExtendedKeys, C130_EveryFieldIsChecked) {
  const auto key = ExtendedPrivateKey::from_seed(Bytes(32, 1)).value();
  const auto payload = decode_base58_check(to_text(key, main_network()), kExtendedKeyBytes).value();
  const auto parses = [](const Bytes& bytes) {
    return parse_extended_private_key(encode_base58_check(bytes), main_network()).ok();
  };
  ASSERT_TRUE(parses(payload));
  for (std::size_t i = 0; i < payload.size(); ++i) {
    Bytes changed = payload;
    changed[i] ^= 1;
    const bool is_version = i < 4;
    const bool is_parent_or_child = i >= 5 && i < 13;  // of a master key
    const bool is_padding = i == 45;
    EXPECT_EQ(parses(changed), !is_version && !is_parent_or_child && !is_padding) << i;
    changed[4] = 1;  // a child may have any parent and number
    EXPECT_EQ(parses(changed), !is_version && !is_padding) << i;
  }
  Bytes wrong = payload;
  wrong.push_back(0);
  EXPECT_FALSE(parses(wrong));
  wrong = payload;
  wrong.pop_back();
  EXPECT_FALSE(parses(wrong));
  const auto regtest = params::make_network({.network = params::Network::Regtest}).value();
  EXPECT_FALSE(parse_extended_private_key(to_text(key, regtest), main_network()).ok());
  EXPECT_TRUE(parse_extended_private_key(to_text(key, regtest), regtest).ok());
}

TEST(ExtendedKeys, C130_DepthEndsAt255AndPublicKeysHaveNoHardenedChildren) {
  auto key = ExtendedPrivateKey::from_seed(Bytes(16, 1)).value();
  EXPECT_FALSE(key.neuter(signer()).derive(kHardened).has_value());
  EXPECT_TRUE(key.neuter(signer()).derive(kHardened - 1).has_value());
  key.place.depth = 254;
  const auto last = key.derive(5, signer()).value();
  EXPECT_EQ(last.place.depth, 255);
  EXPECT_FALSE(last.derive(5, signer()).has_value());
  EXPECT_FALSE(last.neuter(signer()).derive(5).has_value());
}

// --- addresses and WIF -----------------------------------------------------------------------------------------------

// Each witness version with each checksum: version 0 has the old one, all others the new one.
TEST(Addresses, C130_ChecksumByWitnessVersion) {
  unsigned accepted = 0;
  for (std::uint8_t version = 0; version < 32; ++version) {
    for (const std::size_t bytes : {2, 20, 32, 40}) {
      for (const auto checksum : {Bech32Checksum::Bech32, Bech32Checksum::Bech32m}) {
        Bytes symbols{version};
        append_as_symbols(symbols, Bytes(bytes, 3));
        const std::string text = encode_bech32({checksum, "bc", symbols});
        const bool is_v0 = version == 0 && checksum == Bech32Checksum::Bech32 && (bytes == 20 || bytes == 32);
        const bool is_later = version >= 1 && version <= 16 && checksum == Bech32Checksum::Bech32m;
        EXPECT_EQ(parse_address(text, main_network()).ok(), is_v0 || is_later) << text;
        accepted += is_v0 || is_later ? 1 : 0;
      }
    }
  }
  EXPECT_EQ(accepted, 2u + 16 * 4);
}

TEST(Addresses, C130_WifHoldsNumbersBelowTheGroupOrderOnly) {
  const Bytes order = test::unhex("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141");
  const auto wif = [](Bytes number, const Bytes& suffix = {}) {
    number.insert(number.begin(), main_network().secret_key_prefix);
    append(number, suffix);
    return encode_base58_check(number);
  };
  const auto parses = [](const std::string& text) { return parse_wif(text, main_network()).has_value(); };
  Bytes below = order;
  below.back() -= 1;
  Bytes above = order;
  above.back() += 1;
  Bytes one(32, 0);
  one.back() = 1;
  for (const Bytes& suffix : {Bytes{}, Bytes{1}}) {
    EXPECT_TRUE(parses(wif(one, suffix)));
    EXPECT_TRUE(parses(wif(below, suffix)));
    EXPECT_FALSE(parses(wif(Bytes(32, 0), suffix)));
    EXPECT_FALSE(parses(wif(order, suffix)));
    EXPECT_FALSE(parses(wif(above, suffix)));
    EXPECT_FALSE(parses(wif(Bytes(32, 0xff), suffix)));
  }
  for (unsigned suffix = 0; suffix < 256; ++suffix) {
    EXPECT_EQ(parses(wif(one, {static_cast<std::uint8_t>(suffix)})), suffix == 1) << suffix;
  }
  EXPECT_FALSE(parses(wif(one, {1, 1})));
  EXPECT_FALSE(parses(wif(Bytes(31, 1))));
  EXPECT_FALSE(parses(wif(Bytes(30, 1), {1})));
}

// Text that is long, and text cut anywhere, is refused without work that grows with it.
TEST(Addresses, C130_LengthsZeroToTwoHundred) {
  const auto& network = main_network();
  for (std::size_t size = 0; size <= 200; ++size) {
    for (const char* start : {"bc1", "bc1q", "1", "3", "5", "xpub", ""}) {
      const std::string text = start + std::string(size, 'q');
      EXPECT_FALSE(parse_address(text, network).ok()) << text;
      EXPECT_FALSE(parse_wif(text, network).has_value()) << text;
      EXPECT_FALSE(parse_extended_public_key(text, network).ok()) << text;
    }
  }
  const std::string huge(10'000'000, 'q');
  EXPECT_FALSE(parse_address(huge, network).ok());
  EXPECT_FALSE(parse_address("bc1" + huge, network).ok());
  EXPECT_FALSE(parse_extended_private_key("xprv" + huge, network).ok());
}

}  // namespace
}  // namespace kepeng::descriptor
