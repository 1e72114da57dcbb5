#include "party.hpp"

#include "eventually.hpp"

#include <atomic>
#include <stdexcept>

namespace calluna::integration {
namespace {

std::filesystem::path next_log(scratch const& folder, std::string const& name) {
  static std::atomic<int> number{0};
  return folder.path() / (name + "-" + std::to_string(++number) + ".log");
}

std::vector<std::string> joined(std::vector<std::string> command,
                                std::vector<std::string> const& more) {
  command.insert(command.end(), more.begin(), more.end());
  return command;
}

}  // namespace

party::party(std::vector<std::string> const& command, std::filesystem::path const& log)
    : log_(log), program_(joined(command, {"--log", log.string()}), log.string() + ".out") {}

std::unique_ptr<party> party::caller(asterisk const& pbx, scratch const& folder,
                                     std::string const& extension,
                                     std::vector<std::string> const& options) {
  return std::make_unique<party>(
      joined({lab_script("caller"), "--lab", pbx.folder().string(), extension}, options),
      next_log(folder, "caller"));
}

std::unique_ptr<party> party::phone(asterisk const& pbx, scratch const& folder,
                                    std::string const& number,
                                    std::vector<std::string> const& behaviour) {
  std::vector<std::string> const start{lab_script("phone"), "--lab", pbx.folder().string(),
                                       "--number", number};
  auto one = std::make_unique<party>(joined(start, behaviour), next_log(folder, "phone"));
  auto const ready = run_to_end(joined(start, {"ready"}), folder.path(), 15s);
  if (ready.code != 0 || !one->program().running())
    throw std::runtime_error("phone " + number + ": " + ready.text +
                             one->program().output().text());
  return one;
}

bool party::saw(std::string const& what, std::chrono::milliseconds bound, std::size_t times) const {
  return log_.wait_for("^" + what + " ", bound, times);
}

}  // namespace calluna::integration
