#pragma once
#include <string_view>
#include <system_error>
#include <type_traits>

namespace calluna::erp {

/// Why a business system did not do what was asked: `error::code` of what fails in this room, and,
/// as a word, `err.code` in Lua.
enum class erp_errc {
  access_denied = 1,  ///< key, password or login are not accepted
  session_expired,    ///< the login is over; nothing was done
  access,             ///< the user lacks a right on the model or record
  missing,            ///< the record does not exist (any more)
  validation,         ///< a constraint of the model refuses the values
  user,               ///< the business rules decline (Odoo's UserError)
  conflict,           ///< another transaction was faster; nothing was done
  not_unique,         ///< several records have the key of an upsert
  unknown_model,
  unknown_field,
  unknown_method,
  unknown_database,
  arguments,    ///< the method does not take these arguments
  unreachable,  ///< no connection, or it was lost before the answer
  timeout,      ///< no answer in time
  busy,         ///< too many calls wait already
  server,       ///< the server failed in a way of its own
  malformed,    ///< the answer is not what its protocol allows
  not_odoo,     ///< something else answers at this address
  file,         ///< what should be attached cannot be read
  unsupported,  ///< this adapter or transport cannot do it
};

std::error_category const& erp_category() noexcept;
std::error_code make_error_code(erp_errc code) noexcept;

/// The word, as Lua apps see it ("access_denied", "missing", ...). Static storage.
std::string_view to_string(erp_errc code) noexcept;
/// The same for an `error::code`; empty if it is of another room.
std::string_view erp_code_word(std::error_code code) noexcept;

}  // namespace calluna::erp

template <>
struct std::is_error_code_enum<calluna::erp::erp_errc> : std::true_type {};
