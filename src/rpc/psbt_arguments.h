// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Partially signed transactions as arguments and results. Private to rpc.
#pragma once

#include <kepeng/descriptor/psbt.h>
#include <kepeng/rpc/method.h>

namespace kepeng::rpc {

inline constexpr Parameter kPsbtVersionParameter{.name = "psbt_version",
                                                 .type = Type::Number,
                                                 .need = Need::Optional,
                                                 .fallback = "2",
                                                 .description = "The version of the PSBT: 0 or 2"};

// -8 for any other than 0 and 2.
Result<descriptor::PsbtVersion, RpcError> psbt_version_from(const Arguments& arguments, std::size_t place);

// -22 "TX decode failed ...".
Result<descriptor::Psbt, RpcError> psbt_from(std::string_view base64);
// The members of a list; -8 when it is empty.
Result<std::vector<descriptor::Psbt>, RpcError> psbts_from(const json::Value& list);

// As text in base64.
void write_psbt(json::Writer& out, const descriptor::Psbt& psbt);
// All that is in it, as the members of an object.
void write_psbt_members(json::Writer& out, const descriptor::Psbt& psbt, const params::NetworkParams& network);

}  // namespace kepeng::rpc
