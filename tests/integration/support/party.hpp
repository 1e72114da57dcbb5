#pragma once
#include "asterisk.hpp"
#include "scratch.hpp"

#include <memory>
#include <string>
#include <vector>

namespace calluna::integration {

/// One end of calls, played by SIPp: a caller or a phone.
class party {
 public:
  /// Calls `extension` from outside; `options` as of lab/caller.
  static std::unique_ptr<party> caller(asterisk const& pbx, scratch const& folder,
                                       std::string const& extension,
                                       std::vector<std::string> const& options = {});
  /// A phone that listens; `behaviour` with its options as of lab/phone: {"answer",
  /// "--answer-after", "500"}. Throws if it does not come up.
  static std::unique_ptr<party> phone(asterisk const& pbx, scratch const& folder,
                                      std::string const& number,
                                      std::vector<std::string> const& behaviour);

  party(std::vector<std::string> const& command, std::filesystem::path const& log);

  /// What it saw: "answered <Call-ID>", ...
  log_file const& log() const noexcept { return log_; }
  bool saw(std::string const& what, std::chrono::milliseconds bound, std::size_t times = 1) const;
  process& program() noexcept { return program_; }

 private:
  log_file log_;
  process program_;
};

}  // namespace calluna::integration
