// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// From the params of a request to the arguments of a method: counted, in their places, of the right types.
//
// Everything that is wrong is said with bitcoind's codes and texts. Pure function.
#pragma once

#include <kepeng/rpc/method.h>

namespace kepeng::rpc {

// `params` is an array, or an object of named arguments whose member "args" may hold the positional ones.
Result<Arguments, RpcError> arguments_from(const Method& method, const json::Value& params);

}  // namespace kepeng::rpc
