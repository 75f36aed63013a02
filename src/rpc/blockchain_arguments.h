// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Reading the arguments that several methods about blocks and transactions take. Private to rpc.
#pragma once

#include <kepeng/rpc/method.h>

namespace kepeng::rpc {

// A number, or a flag for old clients (true is 1).
Result<int, RpcError> verbosity_from(const Arguments& arguments, std::size_t place, int fallback);

// A height of the active chain, or the hash of any block that is known.
Result<const chain::Entry*, RpcError> entry_by_hash_or_height(const Context& context, const json::Value& value);

// The text of a string, or -3.
Result<std::string_view, RpcError> text_of(const json::Value& value);
// A number or text with at most eight decimals, within the money range.
Result<Amount, RpcError> amount_of(const json::Value& value);

// What a pair of txid and index in an object names ("txid", "vout").
Result<OutPoint, RpcError> outpoint_of(const json::Value& object);

// "warnings": a list, or one text for clients that asked for the old form.
void write_warnings(json::Writer& out, const Context& context);

}  // namespace kepeng::rpc
