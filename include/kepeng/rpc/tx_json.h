// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Transactions and scripts as JSON, with the members and the order that bitcoind gives them; RPC and REST share it.
//
// Everything is streamed into the writer, members into the object that is open. Pure functions.
#pragma once

#include <kepeng/json/writer.h>
#include <kepeng/params/network.h>
#include <kepeng/primitives/transaction.h>
#include <kepeng/storage/coin_codec.h>

namespace kepeng::rpc {

enum class HexMember : std::uint8_t { Omit, Write };

// asm, desc, hex (if wanted), address (if there is one), type.
void write_script_members(json::Writer& out, ByteView script_pubkey, const params::NetworkParams& network,
                          HexMember hex);

enum class PrevoutMembers : std::uint8_t { Omit, Write };

struct TransactionJson {
  const Transaction& tx;
  const params::NetworkParams& network;
  // What its inputs spent, if that is known: gives the fee, and prevouts if they are wanted.
  const storage::TxUndo* spent = nullptr;
  PrevoutMembers prevouts = PrevoutMembers::Omit;
  HexMember hex = HexMember::Write;
};
// txid ... vout, fee, hex.
void write_transaction_members(json::Writer& out, const TransactionJson& what);

}  // namespace kepeng::rpc
