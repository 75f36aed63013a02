// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// What a method answers when it cannot answer: a code and a text, both as bitcoind's clients know them.
//
// Clients match codes and often whole texts; they are part of the interface. Value types.
#pragma once

#include <string>
#include <utility>

#include <kepeng/base/fault.h>
#include <kepeng/base/result.h>

namespace kepeng::rpc {

enum class Code : int {
  InvalidRequest = -32600,
  MethodNotFound = -32601,
  InvalidParams = -32602,
  InternalError = -32603,
  ParseError = -32700,

  Misc = -1,
  TypeError = -3,
  InvalidAddressOrKey = -5,
  OutOfMemory = -7,
  InvalidParameter = -8,
  DatabaseError = -20,
  DeserializationError = -22,
  VerifyError = -25,
  VerifyRejected = -26,
  VerifyAlreadyInUtxoSet = -27,
  InWarmup = -28,
  MethodDeprecated = -32,
  LimitExceeded = -37,

  ClientNotConnected = -9,
  ClientInInitialDownload = -10,
  ClientNodeAlreadyAdded = -23,
  ClientNodeNotAdded = -24,
  ClientNodeNotConnected = -29,
  ClientInvalidIpOrSubnet = -30,
  ClientP2pDisabled = -31,
  ClientMempoolDisabled = -33,
  ClientNodeCapacityReached = -34,
};

struct RpcError {
  Code code = Code::Misc;
  std::string message;
};

// `return fail(Code::InvalidParameter, "...")` in any function whose error is RpcError.
inline Err<RpcError> fail(Code code, std::string message) {
  return Err{RpcError{code, std::move(message)}};
}
// A failure of ours, as clients see it: the database code for damage and disk errors, the internal one for the rest.
RpcError from_fault(const Fault& fault);

// The answer with the reason of a Fault handed on: `KP_TRY(auto block, or_rpc_error(engine.read_block(entry)));`
template <class T>
Result<T, RpcError> or_rpc_error(Result<T, Fault> result) {
  if (!result) return Err{from_fault(result.error())};
  return std::move(result).value();
}

}  // namespace kepeng::rpc
