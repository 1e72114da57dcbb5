#pragma once
#include <calluna/result.hpp>
#include <calluna/runtime/web/token_store.hpp>

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>

namespace calluna::runtime {

/// The folder in which tokens are kept is there, and if it has been made, its owner's only. Errors:
/// `refused`.
result<void> make_state_folder(std::filesystem::path const& folder);

/// "90d", "12h", "30m": seconds from now; nothing for anything else.
std::optional<std::int64_t> read_lifetime(std::string_view text);

/// What `calluna token` asks for, of the runtime or, when none runs, of the file:
/// {do: "add", name, user, lifetime, paths} -> {token, name}, {do: "list"} -> {tokens}, {do:
/// "revoke", name} -> {}. Errors: as of token_store, `invalid`.
result<nlohmann::json> run_token_command(web::token_store& tokens, nlohmann::json const& request);

}  // namespace calluna::runtime
