-- Lua's io over numbered files of the program.
local modules, native = ...
local host = modules.io
local open, popen, read, write, seek, close = host.open, host.popen, host.read, host.write, host.seek, host.close
local type, error, tostring, tonumber, select, concat = type, error, tostring, tonumber, select, table.concat
local pack, unpack = table.pack, table.unpack

local ids = setmetatable({}, { __mode = "k" })
local programs = setmetatable({}, { __mode = "k" })
local methods = {}
local meta = { __name = "FILE*", __index = methods }

local function file(id, isProgram)
  local f = native.userdata(meta)
  ids[f] = id
  programs[f] = isProgram
  return f
end

-- The number of an open file. `level`: of whom to blame.
local function idOf(f, level)
  local id = ids[f]
  if id == nil then
    error(("bad argument #1 (file expected, got %s)"):format(type(f)), level + 1)
  end
  if id == false then
    error("attempt to use a closed file", level + 1)
  end
  return id
end

local function numbers(formats, ...)
  if select("#", ...) == 0 or not formats.n then
    return ...
  end
  local values = pack(...)
  for i = 1, values.n do
    if formats[i] == "n" or formats[i] == "*n" then
      values[i] = values[i] and tonumber(values[i])
    end
  end
  return unpack(values, 1, values.n)
end

local function readFrom(id, ...)
  if select("#", ...) == 0 then
    return read(id, "l")
  end
  local formats = { n = false, ... }
  for i = 1, select("#", ...) do
    formats.n = formats.n or formats[i] == "n" or formats[i] == "*n"
  end
  return numbers(formats, read(id, ...))
end

local function writeTo(f, id, ...)
  local texts = { ... }
  for i = 1, select("#", ...) do
    local kind = type(texts[i])
    if kind ~= "string" and kind ~= "number" then
      error(("bad argument #%d to 'write' (string expected, got %s)"):format(i, kind), 3)
    end
  end
  local ok, why, errno = write(id, concat(texts))
  if not ok then
    return nil, why, errno
  end
  return f
end

local function status(isProgram, ok, code, errno)
  if not ok or not isProgram then
    return ok, not ok and code or nil, errno
  end
  return code == 0 or nil, "exit", code
end

local function closeFile(f)
  local id = idOf(f, 3)
  ids[f] = false
  if not programs[f] then
    local ok, why, errno = close(id)
    if ok then
      return true
    end
    return nil, why, errno
  end
  return status(true, close(id))
end

function methods:close()
  return closeFile(self)
end

function methods:flush()
  idOf(self, 2)
  return self
end

function methods:setvbuf()
  idOf(self, 2)
  return true
end

function methods:read(...)
  return readFrom(idOf(self, 2), ...)
end

function methods:write(...)
  return writeTo(self, idOf(self, 2), ...)
end

function methods:seek(whence, offset)
  return seek(idOf(self, 2), whence or "cur", offset or 0)
end

-- Whether `f` is to be closed at the end.
local function lines(f, closes, ...)
  local formats = pack(...)
  return function()
    local id = idOf(f, 2)
    local values = pack(readFrom(id, unpack(formats, 1, formats.n)))
    if values[1] == nil then
      if values[2] then
        error(values[2], 2)
      end
      if closes then
        closeFile(f)
      end
    end
    return unpack(values, 1, values.n)
  end
end

function methods:lines(...)
  idOf(self, 2)
  return lines(self, false, ...)
end

function meta:__tostring()
  return ids[self] and ("file (%d)"):format(ids[self]) or "file (closed)"
end

local function discard(f)
  if ids[f] then
    closeFile(f)
  end
end
meta.__close, meta.__gc = discard, discard

local io = { stdin = file(0), stdout = file(1), stderr = file(2) }
local input, output = io.stdin, io.stdout

local function opened(name, isProgram, id, why, errno)
  if id then
    return file(id, isProgram)
  end
  return nil, name .. ": " .. why, errno
end

local function expectText(value, position, name)
  if type(value) ~= "string" and type(value) ~= "number" then
    error(("bad argument #%d to '%s' (string expected, got %s)"):format(position, name, type(value)), 3)
  end
  return tostring(value)
end

function io.open(path, mode)
  path = expectText(path, 1, "open")
  return opened(path, false, open(path, mode or "r"))
end

function io.popen(command, mode)
  command = expectText(command, 1, "popen")
  return opened(command, true, popen(command, mode or "r"))
end

local function orRaise(f, why)
  return f or error(why, 3)
end

function io.input(f)
  if f ~= nil then
    input = type(f) == "string" and orRaise(io.open(f)) or f
  end
  return input
end

function io.output(f)
  if f ~= nil then
    output = type(f) == "string" and orRaise(io.open(f, "w")) or f
  end
  return output
end

function io.read(...)
  return readFrom(idOf(input, 2), ...)
end

function io.write(...)
  return writeTo(output, idOf(output, 2), ...)
end

function io.lines(path, ...)
  if path == nil then
    return lines(input, false, ...)
  end
  local f = orRaise(io.open(path))
  return lines(f, true, ...), nil, nil, f
end

function io.close(f)
  return closeFile(f or output)
end

function io.type(f)
  local id = ids[f]
  return id and "file" or id == false and "closed file" or nil
end

function io.tmpfile()
  return io.open(modules.os.tmpname(), "w+")
end

modules.io = io
