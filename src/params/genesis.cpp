// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include "genesis.h"

#include <string_view>

#include <kepeng/base/hex.h>
#include <kepeng/primitives/mutable_transaction.h>

namespace kepeng::params {
namespace {

constexpr std::string_view kMessage2009 = "The Times 03/Jan/2009 Chancellor on brink of second bailout for banks";
constexpr std::string_view kKey2009 =
    "04678afdb0fe5548271967f1a67130b7105cd6a828e03909a67962e0ea1f61deb649f6bc3f4cef38c4f35504e51ec112de5c384df7ba0b8d57"
    "8a4c702b6bf11d5f";
constexpr std::string_view kMessageTestnet4 =
    "03/May/2024 000000000000000000001ebd58c244970b3aa9d783bb001011fbe8ea8e98e00e";
constexpr std::uint8_t kOpCheckSig = 0xac;
constexpr std::uint8_t kOpPushData1 = 0x4c;

Bytes coinbase_script(std::string_view message) {
  // Push of 0x1d00ffff, push of the number 4, push of the message.
  Bytes script{0x04, 0xff, 0xff, 0x00, 0x1d, 0x01, 0x04};
  if (message.size() >= kOpPushData1) script.push_back(kOpPushData1);
  script.push_back(static_cast<std::uint8_t>(message.size()));
  append(script, as_bytes(message));
  return script;
}

BlockPtr build(const GenesisNumbers& numbers, std::string_view message, ByteView key) {
  MutableTransaction coinbase;
  coinbase.version = 1;
  MutableTxIn& input = coinbase.inputs.emplace_back();
  input.prevout.index = 0xffffffff;
  input.script_sig = coinbase_script(message);
  MutableTxOut& output = coinbase.outputs.emplace_back();
  output.value = {50 * kSatsPerCoin};
  output.script_pubkey.push_back(static_cast<std::uint8_t>(key.size()));
  append(output.script_pubkey, key);
  output.script_pubkey.push_back(kOpCheckSig);

  const TxPtr tx = coinbase.freeze();
  BlockHeader header;
  header.version = 1;
  header.merkle_root = {tx->txid.bytes};  // the root of one leaf is the leaf
  header.time = numbers.time;
  header.target = {numbers.bits};
  header.nonce = numbers.nonce;
  auto block = parse_block(serialize_block(header, std::span{&tx, 1}));
  KP_ASSERT(block.ok());
  return std::move(block).value();
}

}  // namespace

BlockPtr make_genesis(const GenesisNumbers& numbers) {
  return build(numbers, kMessage2009, *from_hex(kKey2009));
}

BlockPtr make_testnet4_genesis(const GenesisNumbers& numbers) {
  return build(numbers, kMessageTestnet4, Bytes(33, 0));
}

}  // namespace kepeng::params
