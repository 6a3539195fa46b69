# fish completion of twx, printed by: twx completion fish

# The path of the words before the cursor, serve/echo for "twx serve echo 9000"; then the others.
function __twx_words
    set -l words (commandline -opc)[2..-1]
    set -l path
    while contains -- "$path" $__twx_ways; and set -q words[1]
        set path (string join / $path $words[1])
        set -e words[1]
    end
    string join \n -- "$path" $words
end

function __twx_at
    set -l words (__twx_words)
    contains -- "$words[1]" $argv
end

# Whether the cursor is at that argument, from 1 on, or later: __twx_argument NUMBER LATER PATH...
function __twx_argument
    set -l words (__twx_words)
    contains -- "$words[1]" $argv[3..-1]
    or return 1
    set -l path $words[1]
    set -l count 1
    set -l wanted no
    set -l ended no
    for word in $words[2..-1]
        if test $wanted = yes
            set wanted no
        else if test $ended = yes; or not string match -q -- '-?*' $word
            set count (math $count + 1)
        else if test "$word" = --
            set ended yes
        else if __twx_wants $path $word
            set wanted yes
        end
    end
    test $count -eq $argv[1]; or test $argv[2] = yes -a $count -gt $argv[1]
end

# Whether the option has its value in the next word: --cert, or the q of -vq.
function __twx_wants -a path word
    if string match -q -- '--*' $word
        contains -- "$path $word" $__twx_valued
        return
    end
    set -l letters (string split '' -- (string sub -s 2 -- $word))
    for i in (seq (count $letters))
        if contains -- "$path -$letters[$i]" $__twx_valued
            test $i -eq (count $letters)
            return
        end
    end
    return 1
end

function __twx_port
    string match -r '^[a-zA-Z0-9][^\s#]*' </etc/services | sort -u
end

function __twx_host
    __fish_print_hostnames
    string replace -rf '^[^#\s]+\s+([^#]*).*' '$1' </etc/hosts | string split -n ' '
end

function __twx_host_port
    set -l typed (string replace -r '^--?[^=]*=' '' -- (commandline -ct))
    if set -l place (string match -r '^(?:[a-z-]*://)?[^:/]*:(?!//)' -- $typed)
        printf '%s\n' $place(__twx_port)
    else
        printf '%s\n' (string match -r '^[a-z-]*://' -- $typed; or echo '')(__twx_host)
    end
end

function __twx_interface
    __fish_print_interfaces
end

function __twx_address
    printf '%s\n' 127.0.0.1 ::1 (string split -n ' ' -- (hostname -I 2>/dev/null))
end

function __twx_folder
    __fish_complete_directories (string replace -r '^--?[^=]*=' '' -- (commandline -ct)) ''
end

# A file behind an @.
function __twx_data
    set -l typed (string replace -r '^--[^=@]*=' '' -- (commandline -ct))
    if set -l parts (string match -r '^([^@]*@)(.*)' -- $typed)
        printf '%s\n' $parts[2](__fish_complete_path $parts[3] | string replace -r '\t.*' '')
    end
end

function __twx_file
    __fish_complete_path (string replace -r '^--?[^=]*=' '' -- (commandline -ct)) ''
end

function __twx_endpoint
    set -l typed (string replace -r '^--?[^=]*=' '' -- (commandline -ct))
    if set -l parts (string match -r '^(unix[a-z-]*://)(.*)' -- $typed)
        printf '%s\n' $parts[2](__fish_complete_path $parts[3] | string replace -r '\t.*' '')
    else if string match -qr '^\.?/' -- $typed
        __fish_complete_path $typed
    else
        __twx_host_port
        string match -q '*:*' -- $typed
        or printf '%s\n' tcp:// tls:// unix:// udp:// unix-dgram://
    end
end

function __twx_url
    __twx_host_port
    string match -q '*:*' -- (commandline -ct)
    or printf '%s\n' http:// https://
end

# A number with a unit.
function __twx_unit
    set -l number (string match -r '[0-9.]+$' -- (commandline -ct))
    and printf '%s\n' $number$argv
end

function __twx_time
    __twx_unit ms s m h
end

function __twx_size
    __twx_unit k M G
end

# Words that go on: __twx_next PATHS WORD SUMMARY ...
function __twx_next
    set -l paths (string split , -- $argv[1])
    set -ga __twx_ways $paths
    set -e argv[1]
    while set -q argv[1]
        complete -c twx -n "__twx_at "(string join ' ' -- (string escape -- $paths)) -a $argv[1] -d $argv[2]
        set -e argv[1..2]
    end
end

# What commands take: __twx_takes PATHS NAMES VALUE HELP ...
function __twx_takes
    set -l paths (string split , -- $argv[1])
    set -l at "__twx_at "(string escape -- $paths | string join ' ')
    set -l number 0
    set -e argv[1]
    while set -q argv[1]
        set -l names (string split , -- (string replace -r '^\*' '' -- $argv[1]))
        set -l options
        switch $argv[2]
            case flag no text
            case '=*'
                set options -a (string sub -s 2 -- $argv[2] | string replace -a , ' ')
            case '*'
                set options -a "(__twx_$argv[2])"
        end
        if not string match -q -- '-*' $names[1]
            set number (math $number + 1)
            set -l later (string match -q '\**' -- $argv[1]; and echo yes; or echo no)
            set -l argument "__twx_argument $number $later "(string escape -- $paths | string join ' ')
            set -q options[1]
            and complete -c twx -n $argument $options
        else
            contains -- $argv[2] flag no
            or set -ga __twx_valued $paths' '{$names}
            contains -- $argv[2] flag no
            or set -a options -x
            for name in $names
                switch $name
                    case '--*'
                        set -a options -l (string sub -s 3 -- $name)
                    case '*'
                        set -a options -s (string sub -s 2 -- $name)
                end
            end
            complete -c twx -n $at -d $argv[3] $options
            # A flag can be taken back, but few want to.
            set -l name (string match -r -- '^--(?!no-)(.*)' $names[-1])[2]
            test "$argv[2]" = no -a -n "$name"
            and complete -c twx -n "$at; and string match -q -- '--no-*' (commandline -ct)" -l no-$name
        end
        set -e argv[1..3]
    end
end

complete -c twx -e
complete -c twx -f
complete -c twx -n '__twx_at $__twx_ways' -s h -l help -d 'Print help and end'
complete -c twx -n '__twx_at ""' -s V -l version -d 'Print versions and end'
set -g __twx_ways
set -g __twx_valued
__twx_next '' \
    serve 'echo, discard, chargen, daytime, time, qotd, finger, answer, chat, spread, log' \
    connect 'standard input to a peer, the peer to standard output' \
    fetch 'fetch URLs by HTTP' \
    irc-log 'log channels of IRC for ever' \
    completion 'print what makes a shell complete the command line of twx' \
    help 'tell what a command takes' \
    man 'show a page of the manual'
__twx_next 'serve,help/serve,man/serve' \
    echo 'send every byte back' \
    discard 'throw away every byte' \
    chargen 'send lines without end' \
    daytime 'tell the time, for people' \
    time 'tell the time, for machines' \
    qotd 'send a quote and close' \
    finger 'say how somebody is' \
    answer 'answer "How are you?"' \
    chat 'a chat room, line by line' \
    spread 'pass everything on to all others' \
    log 'append lines to a file'
__twx_next 'help' \
    serve 'echo, discard, chargen, daytime, time, qotd, finger, answer, chat, spread, log' \
    connect 'standard input to a peer, the peer to standard output' \
    fetch 'fetch URLs by HTTP' \
    irc-log 'log channels of IRC for ever' \
    completion 'print what makes a shell complete the command line of twx' \
    endpoints 'how to say where to listen and where to connect'
__twx_next 'man' \
    serve 'echo, discard, chargen, daytime, time, qotd, finger, answer, chat, spread, log' \
    connect 'standard input to a peer, the peer to standard output' \
    fetch 'fetch URLs by HTTP' \
    irc-log 'log channels of IRC for ever' \
    completion 'print what makes a shell complete the command line of twx' \
    endpoints 'how to say where to listen and where to connect'
__twx_takes 'serve/echo,serve/discard,serve/chargen,serve/daytime,serve/time' \
    '*ENDPOINT' 'endpoint' 'Where to listen: 9000, host:9000, [::1]:9000, tcp://host:9000, tls://host:9000, unix:///path, fd:3, udp://host:9000, unix-dgram:///path'
__twx_takes 'serve/qotd,serve/finger,serve/answer,serve/chat,serve/spread' \
    '*ENDPOINT' 'endpoint' 'Where to listen: 9000, host:9000, [::1]:9000, tcp://host:9000, tls://host:9000, unix:///path, fd:3'
__twx_takes 'serve/log' \
    'ENDPOINT' 'endpoint' 'Where to listen: 9000, host:9000, [::1]:9000, tcp://host:9000, tls://host:9000, unix:///path, fd:3' \
    'FILE' 'file' 'File to append to'
__twx_takes 'connect' \
    'HOST' 'endpoint' 'Host to connect to, or an endpoint: host:port, [::1]:port, tcp://host:port, tls://host:port, udp://host:port, unix:///path, /path, unix-dgram:///path or fd:3' \
    'PORT' 'port' 'Port number or service name'
__twx_takes 'fetch' \
    '*URL' 'url' 'What to fetch'
__twx_takes 'irc-log' \
    'CHANNEL[,CHANNEL...]' 'text' 'Channels to log, in quotes for the shell: \'#one,#two\'' \
    'LOGFILE' 'file' 'File to append to, or a template with {network}, {channel} and strftime\'s %Y, %m, %d, %F and so on'
__twx_takes 'completion' \
    'SHELL' '=bash,zsh,fish' 'bash, zsh or fish'
__twx_takes 'serve/echo,serve/discard,serve/chargen,serve/daytime,serve/time,serve/qotd,serve/finger,serve/answer,serve/chat,serve/spread,serve/log' \
    '--max-connections' 'text' 'Refuse connections beyond N at a time' \
    '--idle-timeout' 'time' 'Close a connection on which nothing has moved for TIME' \
    '--drain' 'time' 'When asked to stop, let connections finish for up to TIME' \
    '--cert' 'file' 'Certificate in PEM form, with its chain' \
    '*--pin' 'text' 'Require a certificate with this SHA-256 of every client, whoever signed it' \
    '--client-ca' 'file' 'Require a certificate of every client, signed by one in FILE'
__twx_takes 'serve/echo,serve/discard,serve/chargen,serve/daytime,serve/time,serve/qotd,serve/finger,serve/answer,serve/log' \
    '--threads' 'text' 'Serve with N threads'
__twx_takes 'serve/echo,serve/discard,serve/chargen,serve/daytime,serve/time,serve/qotd,serve/finger,serve/answer,serve/chat,serve/spread,serve/log,connect,irc-log' \
    '-4' 'flag' 'IPv4 only' \
    '-6' 'flag' 'IPv6 only' \
    '--key' 'file' 'Its private key in PEM form' \
    '--tls-key-log' 'file' 'Append the secrets of each connection to FILE, for Wireshark'
__twx_takes 'serve/echo,serve/discard,serve/chargen,serve/daytime,serve/time,serve/qotd,serve/finger,serve/answer,serve/chat,serve/spread,serve/log,connect' \
    '--tls' 'flag' 'Use TLS 1.2 or 1.3'
__twx_takes 'serve/echo,serve/discard,serve/chargen,serve/daytime,serve/time,serve/qotd,serve/finger,serve/answer,serve/chat,serve/spread,serve/log,connect,fetch,irc-log' \
    '*--alpn' 'text' 'Protocols to agree upon (ALPN), best first: h2,http/1.1'
__twx_takes 'serve/echo' \
    '--welcome' 'flag' 'Greet each client with the number of open connections'
__twx_takes 'serve/echo,serve/discard,serve/chargen,serve/daytime,serve/time,serve/qotd,serve/finger,serve/answer,serve/chat,serve/spread,serve/log,connect,fetch,irc-log,completion' \
    '*-v,--verbose' 'flag' 'Tell about connections and byte counts'
__twx_takes 'serve/echo,serve/discard,serve/chargen,serve/daytime,serve/time,serve/qotd,serve/finger,serve/answer,serve/chat,serve/spread,serve/log,irc-log,completion' \
    '-q,--quiet' 'flag' 'Tell about errors only'
__twx_takes 'serve/echo,serve/discard,serve/chargen,serve/daytime,serve/time,serve/qotd,serve/finger,serve/answer,serve/chat,serve/spread,serve/log,connect,irc-log,completion' \
    '--log-format' '=text,json' 'How events are written to stderr, one a line' \
    '--color' '=auto,always,never' 'Colour on stderr' \
    '-h,--help' 'flag' 'Print this help and end'
__twx_takes 'serve/qotd' \
    '--quote' 'text' 'Serve TEXT' \
    '*--fortune' 'file' 'Serve a random entry of a fortune file, read anew for each client'
__twx_takes 'serve/finger' \
    '*--user' 'text' 'What to say of NAME' \
    '--users' 'file' 'Read users from lines "NAME: TEXT" of FILE' \
    '--reload' 'time' 'Read FILE again when it is so old'
__twx_takes 'serve/finger,serve/answer,serve/chat,serve/log' \
    '--line' '=crlf,lf,any' 'How lines end'
__twx_takes 'serve/chat,serve/spread' \
    '--backlog' 'size' 'Drop a client that has left more than SIZE unread when more is said'
__twx_takes 'serve/log' \
    '--raw' 'flag' 'Write control characters as they come, not as \\xNN'
__twx_takes 'connect' \
    '--half-open' 'flag' 'Go on sending after the peer has closed its side, until standard input ends' \
    '--send-only' 'flag' 'Only send: leave when standard input has ended and everything is sent' \
    '--recv-only,--no-stdin' 'flag' 'Only receive: leave standard input alone' \
    '-q' 'time' 'Leave TIME after the end of standard input' \
    '--connect-timeout' 'time' 'Give up connecting after TIME, the name look-up and the handshake of TLS included' \
    '--idle-timeout' 'time' 'Give up when nothing has moved either way for TIME' \
    '--max-time' 'time' 'Give up after TIME, whatever happens' \
    '--reconnect' 'flag' 'Connect again after a failure or loss, until standard input and peer have ended' \
    '--reconnect-min' 'time' 'First delay, before it grows' \
    '--reconnect-max' 'time' 'Longest delay' \
    '--max-retries' 'text' 'Give up after N retries in a row' \
    '-s' 'address' 'Local address to connect from' \
    '-p' 'text' 'Local port to connect from' \
    '--datagram-size' 'text' 'Divide what is read at once into datagrams of at most N bytes' \
    '--quiet' 'flag' 'Tell about errors only'
__twx_takes 'connect,irc-log' \
    '--cacert' 'file' 'Trust the certificates in FILE, not the system\'s' \
    '--servername' 'host' 'Name to send and to verify' \
    '--cert' 'file' 'Show this certificate (PEM, with its chain) if asked for one' \
    '--insecure' 'flag' 'Do not verify the peer: anybody will do, unless a --pin is given'
__twx_takes 'connect,fetch,irc-log' \
    '*--pin' 'text' 'Take a peer whose certificate has this SHA-256'
__twx_takes 'fetch' \
    '*--url' 'url' 'The same as an option' \
    '*--input-file' 'file' 'More URLs, one a line' \
    '*-X,--request' 'text' 'Method' \
    '*-H,--header' 'data' 'Field to send, NAME: VALUE' \
    '*-d,--data' 'data' 'Send this by POST' \
    '*--data-ascii' 'data' 'The same as --data' \
    '*--data-raw' 'text' 'As --data, with @ meaning itself' \
    '*--data-binary' 'data' 'As --data, with the line ends of files kept' \
    '*--data-urlencode' 'data' 'As --data, percent-encoded: CONTENT, NAME=CONTENT, @FILE or NAME@FILE' \
    '*--json' 'data' 'Send this by POST as application/json, and accept the same' \
    '*-G,--get' 'no' 'Put the data into the URL\'s query, by GET' \
    '*--url-query' 'data' 'Add this to the URL\'s query, as --data-urlencode' \
    '*-F,--form' 'data' 'Send a form (multipart/form-data): =@FILE a file, =<FILE its text, =( to =) parts within' \
    '*--form-string' 'text' 'As --form, TEXT as it stands' \
    '*-T,--upload-file' 'file' 'Send FILE by PUT, - standard input' \
    '*--expect100-timeout' 'time' 'Wait so long for leave to send a body that needs it' \
    '*-I,--head' 'no' 'Ask for the head of the answer only, and show it' \
    '*-A,--user-agent' 'text' 'What to call ourselves' \
    '*-e,--referer' 'url' 'Where the link was' \
    '*-r,--range' 'text' 'Bytes FROM-TO of the body only' \
    '*-z,--time-cond' 'file' 'Only if changed since DATE, or since that file was' \
    '*-0,--http1.0' 'no' 'Speak HTTP/1.0' \
    '*--http1.1' 'flag' 'Speak HTTP/1.1' \
    '*--path-as-is' 'no' 'Leave . and .. in the URL\'s path' \
    '*--request-target' 'text' 'Ask for this instead of the URL\'s path' \
    '*--tr-encoding' 'no' 'Let the server compress what it sends (TE), and undo that' \
    '*-u,--user' 'text' 'Log in' \
    '*--basic' 'flag' 'Send the password as it is' \
    '*--digest' 'no' 'Prove the password without sending it (RFC 7616)' \
    '*--anyauth' 'no' 'Ask first, then log in the best way there is' \
    '*--oauth2-bearer' 'text' 'Log in with a token' \
    '*-n,--netrc' 'no' 'Take name and password from ~/.netrc' \
    '*--netrc-optional' 'no' 'The same, if the file is there and the URL has none' \
    '*--netrc-file' 'file' 'That file instead' \
    '*-o,--output' 'file' 'Write the body to FILE, one for each URL' \
    '*-O,--remote-name' 'flag' 'Write it to a file with the name in the URL' \
    '*--remote-name-all' 'no' '-O for all URLs that have no -o' \
    '*-J,--remote-header-name' 'no' 'With -O: the name that the server gives' \
    '*--output-dir' 'folder' 'Where those files go' \
    '*--create-dirs' 'no' 'Make the directories that are missing' \
    '*--no-clobber' 'no' 'Not over a file that is there: add .1 to .100 to the name' \
    '*--skip-existing' 'no' 'Fetch nothing whose file is there' \
    '*--remove-on-error' 'no' 'Leave no file after a failure that was not there before' \
    '*-R,--remote-time' 'no' 'Give the file the server\'s time' \
    '*-C,--continue-at' 'text' 'Fetch the rest of a file' \
    '*--etag-save' 'file' 'Keep the answer\'s ETag' \
    '*--etag-compare' 'file' 'Only if the ETag is another one than in FILE' \
    '*--checksum' 'text' 'Fail unless the body has this sha256 (sha1, sha384, sha512, md5)' \
    '*-i,--include' 'no' 'Show the head of the answer before its body' \
    '*-D,--dump-header' 'file' 'Write the heads of answers to FILE' \
    '*-w,--write-out' 'data' 'Say this at the end, with curl\'s variables: %{http_code} %{time_total}' \
    '*--compressed' 'no' 'Let the server compress (deflate, gzip, br, zstd), and undo that' \
    '*--raw' 'no' 'Leave chunks and codings as they come' \
    '*--ignore-content-length' 'no' 'Take what comes until the connection ends' \
    '*--http0.9' 'no' 'Take an answer without a head' \
    '*--max-filesize' 'size' 'No larger body than that, uncompressed (63)' \
    '*-f,--fail' 'no' 'A status of 400 or more ends with 22, without its body' \
    '*--fail-with-body' 'no' 'The same, with its body' \
    '*-b,--cookie' 'file' 'Send NAME=VALUE' \
    '*-c,--cookie-jar' 'file' 'Write all cookies to FILE at the end' \
    '*-j,--junk-session-cookies' 'no' 'Leave out cookies of a file that were for a session only' \
    '*-L,--location' 'no' 'Go where the server sends us' \
    '*--max-redirs' 'text' 'At most so often' \
    '*--post301' 'no' 'Keep POST after a 301' \
    '*--post302' 'no' 'Keep POST after a 302' \
    '*--post303' 'no' 'Keep POST after a 303' \
    '*--location-trusted' 'no' 'As -L, and send login and cookies to wherever we are sent' \
    '*--proto' 'text' 'Schemes to be used: =https, -http' \
    '*--proto-redir' 'text' 'The same, after redirects' \
    '*-4,--ipv4' 'no' 'IPv4 only' \
    '*-6,--ipv6' 'no' 'IPv6 only' \
    '*--unix-socket' 'file' 'Connect to this unix socket' \
    '*--abstract-unix-socket' 'text' 'The same for one without a file' \
    '*--resolve' 'host_port' 'Take this address for HOST' \
    '*--connect-to' 'host_port' 'Connect to the second pair in place of the first' \
    '*--interface' 'interface' 'Connect from this interface, address or host name' \
    '*--no-keepalive' 'no' 'No keep-alive probes of TCP' \
    '*-x,--proxy' 'url' 'Go through this proxy: http, https, socks4, socks4a, socks5, socks5h' \
    '*--socks5-hostname' 'host_port' 'The same as -x socks5h://' \
    '*--socks5' 'host_port' 'The same as -x socks5://' \
    '*--socks4a' 'host_port' 'The same as -x socks4a://' \
    '*--socks4' 'host_port' 'The same as -x socks4://' \
    '*-U,--proxy-user' 'text' 'Log in to the proxy' \
    '*--proxy-basic' 'flag' 'Send it the password as it is' \
    '*--proxy-digest' 'no' 'Prove it the password' \
    '*--proxy-anyauth' 'no' 'Ask it first which way is best' \
    '*--proxy-header' 'data' 'Field for the proxy only' \
    '*-p,--proxytunnel' 'no' 'CONNECT for http too' \
    '*--noproxy' 'text' 'No proxy for these hosts' \
    '*-k,--insecure' 'no' 'Do not verify the peer: anybody will do, unless a --pin is given' \
    '*--cacert' 'file' 'Trust the certificates in FILE, not the system\'s' \
    '*--servername' 'host' 'Name to send and to verify' \
    '*-E,--cert' 'file' 'Show this certificate (PEM, with its chain) if asked for one' \
    '*--key' 'file' 'Its private key in PEM form' \
    '*--tls-key-log' 'file' 'Append the secrets of each connection to FILE, for Wireshark' \
    '*--proxy-insecure' 'no' '-k for an https proxy' \
    '*--proxy-cacert' 'file' '--cacert for an https proxy' \
    '*--proxy-cert' 'file' '--cert for an https proxy' \
    '*--proxy-key' 'file' '--key for an https proxy' \
    '*--connect-timeout' 'time' 'Give up connecting after TIME' \
    '*-m,--max-time' 'time' 'Give up after TIME, whatever happens' \
    '*--limit-rate' 'size' 'Bytes in a second at most: 100k, 2M' \
    '*-Y,--speed-limit' 'text' 'Give up at fewer bytes a second than that' \
    '*-y,--speed-time' 'time' 'When it was so slow for TIME' \
    '*--retry' 'text' 'Try again N times after what may pass' \
    '*--retry-delay' 'time' 'Wait so long before' \
    '*--retry-max-time' 'time' 'No retry after TIME' \
    '*--retry-connrefused' 'no' 'Retry a refused connection too' \
    '*--retry-all-errors' 'no' 'Retry after any failure, and requests that may have had their effect' \
    '*-Z,--parallel' 'no' 'Fetch several at the same time' \
    '*--parallel-max' 'text' 'At most so many' \
    '*--parallel-immediate' 'no' 'A connection for each at once, also to a server that few would keep busy' \
    '*--fail-early' 'no' 'Stop at the first failure' \
    '*--dry-run' 'no' 'Send nothing' \
    '*--report' '=json' 'Tell about each URL after its body: answers, times, sizes, TLS' \
    '*-s,--silent' 'no' 'Say nothing, errors neither' \
    '*-S,--show-error' 'no' 'With -s: say errors all the same' \
    '*--no-progress-meter' 'no' 'Show no progress on a terminal' \
    '*--trace-ascii' 'file' 'Write all that is sent and received to FILE' \
    '*--trace' 'file' 'The same in hex too' \
    '*--trace-time' 'no' 'Begin each of its lines with the time' \
    '*--show-secrets' 'no' 'Show logins and cookies with -v and in traces' \
    '*-:,--next' 'flag' 'What follows has options and URLs of its own' \
    '*-g,--globoff' 'flag' 'Has no effect: nothing is expanded' \
    '*-N,--no-buffer' 'flag' 'Has no effect: nothing is held back' \
    '*-#,--progress-bar' 'flag' 'Has no effect: there is one kind' \
    '*-q,--quiet' 'no' 'Tell about errors only' \
    '*--log-format' '=text,json' 'How events are written to stderr, one a line' \
    '*--color' '=auto,always,never' 'Colour on stderr' \
    '*-h,--help' 'no' 'Print this help and end'
__twx_takes 'irc-log' \
    '*--channel-key' 'text' 'Key of a channel that has one' \
    '--rejoin-delay' 'time' 'Join again TIME after a kick or a refusal' \
    '--server' 'host' 'Server to connect to, or an endpoint: tls://host:port, tcp://host:port, unix:///path' \
    '--port' 'text' 'Its port' \
    '--connect-timeout' 'time' 'Give an attempt to connect up after TIME, the handshake of TLS included' \
    '--tls' 'flag' 'Use TLS 1.2 or 1.3, as is done without this too' \
    '--no-tls' 'flag' 'Talk in clear' \
    '--nick' 'text' 'Nick that is wanted' \
    '--realname' 'text' 'What WHOIS shows as the name' \
    '--sasl' '=plain,external,scram-sha-256' 'Log in before anything else' \
    '--sasl-user' 'text' 'Account to log in to' \
    '--sasl-password-file' 'file' 'Its password is the first line of FILE' \
    '--nickserv-password-file' 'file' 'Tell NickServ the password in the first line of FILE, or that in the environment\'s TWX_NICKSERV_PASSWORD' \
    '--no-replies' 'flag' 'Answer nobody' \
    '*--ignore' 'text' 'Neither log nor answer who matches nick!user@host, with * and ?' \
    '--reconnect-min' 'time' 'Wait TIME before the second attempt, then twice as long each time, until a channel was joined' \
    '--reconnect-max' 'time' 'Never wait longer than TIME' \
    '--lag-timeout' 'time' 'Leave a server that was silent for TIME, asked with a PING after half of it' \
    '--format' '=text,jsonl,irssi,weechat' 'Form of the lines' \
    '--time' '=local,utc,server' 'Whose time they bear: this host\'s, in its time zone or UTC, or the server\'s where it tells it' \
    '--encoding' '=auto,utf-8,latin1' 'How bytes are read' \
    '--fsync' '=line,interval,none' 'Wait for the disk after each line, once a second, or never'
