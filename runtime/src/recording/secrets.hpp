#pragma once
#include <nlohmann/json_fwd.hpp>

#include <string>
#include <string_view>

namespace calluna::runtime::recording {

/// What stands in the place of a secret.
inline constexpr std::string_view hidden = "(secret)";

/// Whether what is called so is nobody's business: a password, token, key, PIN.
bool is_secret_name(std::string_view name) noexcept;

/// The text without what is assigned to secret names (`X_TOKEN=...`, also in a URL's query), and
/// without logins in URLs. Pure; any thread.
std::string hide_in_text(std::string_view text);
/// The same of an AMI block; a secret header and the value of a secret variable are hidden, too.
std::string hide_in_ami(std::string_view block);
/// The same of every text in `value`, and whatever stands under a secret name.
void hide_in_json(nlohmann::json& value);

}  // namespace calluna::runtime::recording
