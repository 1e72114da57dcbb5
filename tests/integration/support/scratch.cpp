#include "scratch.hpp"

#include <cstdlib>
#include <fcntl.h>
#include <stdexcept>
#include <sys/stat.h>
#include <unistd.h>

namespace calluna::integration {

scratch::scratch(std::string const& name) {
  auto text = (std::filesystem::temp_directory_path() / ("calluna-" + name + "-XXXXXX")).string();
  if (::mkdtemp(text.data()) == nullptr) throw std::runtime_error("cannot make " + text);
  path_ = text;
}

std::filesystem::path scratch::write(std::string const& name, std::string const& text) const {
  auto const file = path_ / name;
  std::filesystem::create_directories(file.parent_path());
  auto const beside = file.string() + ".new";
  int const out =
      ::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (out < 0) throw std::runtime_error("cannot write " + beside);
  auto const written = ::write(out, text.data(), text.size());
  ::close(out);
  if (written != static_cast<ssize_t>(text.size())) throw std::runtime_error("short write");
  std::filesystem::rename(beside, file);
  return file;
}

void scratch::remove() {
  std::error_code ignored;
  if (!kept_ && !path_.empty()) std::filesystem::remove_all(path_, ignored);
  path_.clear();
}

}  // namespace calluna::integration
