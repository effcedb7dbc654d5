// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.springframework.expression.AccessException;
import org.springframework.expression.EvaluationContext;
import org.springframework.expression.Expression;
import org.springframework.expression.PropertyAccessor;
import org.springframework.expression.TypedValue;
import org.springframework.expression.spel.standard.SpelExpressionParser;
import org.springframework.expression.spel.support.StandardEvaluationContext;

/**
 * Evaluates expressions with Spring's own Expression Language, to compare ours with.
 *
 * Reads a line each, with tabs and line ends as \t and \n: the context as an inline map, or an expression. Prints for each
 * expression its value with its type, or the error's code. With --measure it prints nanoseconds an evaluation instead.
 */
public final class SpringOracle {
    private static final SpelExpressionParser PARSER = new SpelExpressionParser();

    /** Properties of maps; a key that is not there cannot be read. */
    private static final class MapAccessor implements PropertyAccessor {
        @Override
        public Class<?>[] getSpecificTargetClasses() {
            return new Class<?>[] {Map.class};
        }

        @Override
        public boolean canRead(EvaluationContext context, Object target, String name) {
            return ((Map<?, ?>) target).containsKey(name);
        }

        @Override
        public TypedValue read(EvaluationContext context, Object target, String name) throws AccessException {
            Map<?, ?> map = (Map<?, ?>) target;
            Object value = map.get(name);
            if (value == null && !map.containsKey(name)) {
                throw new AccessException(name);
            }
            return new TypedValue(value);
        }

        @Override
        public boolean canWrite(EvaluationContext context, Object target, String name) {
            return false;
        }

        @Override
        public void write(EvaluationContext context, Object target, String name, Object value) {
            throw new UnsupportedOperationException();
        }
    }

    private static StandardEvaluationContext context(String line) {
        Object root = PARSER.parseExpression(line).getValue();
        StandardEvaluationContext context = new StandardEvaluationContext(root);
        context.setPropertyAccessors(new ArrayList<>(Collections.singletonList(new MapAccessor())));
        return context;
    }

    public static void main(String[] arguments) throws Exception {
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8), 1 << 16);
        BufferedWriter output =
            new BufferedWriter(new OutputStreamWriter(System.out, StandardCharsets.UTF_8), 1 << 16);
        if (arguments.length > 0 && arguments[0].equals("--measure")) {
            measure(input, output, Long.parseLong(arguments[1]));
        } else {
            evaluate(input, output);
        }
        output.flush();
    }

    private static void evaluate(BufferedReader input, BufferedWriter output) throws Exception {
        StandardEvaluationContext context = null;
        String line;
        while ((line = input.readLine()) != null) {
            String text = line.substring(1).replace("\\n", "\n").replace("\\t", "\t");
            if (line.charAt(0) == 'C') {
                context = context(text);
                continue;
            }
            output.write(outcome(text, context));
            output.write('\n');
        }
    }

    private static String outcome(String text, EvaluationContext context) {
        Expression expression;
        try {
            expression = PARSER.parseExpression(text);
        } catch (RuntimeException exception) {
            // Beside ParseException, what the parser itself trips over.
            return "P";
        }
        try {
            StringBuilder result = new StringBuilder("V");
            write(expression.getValue(context), result);
            return result.toString();
        } catch (OutOfMemoryError error) {
            // A string times a large number.
            return "Vtoo large";
        } catch (Exception | LinkageError exception) {
            return "E";
        }
    }

    /** The same notation as the tests' own. */
    private static void write(Object value, StringBuilder output) {
        if (value instanceof List) {
            output.append('[');
            for (Object element : (List<?>) value) {
                write(element, output);
                output.append(',');
            }
            output.append(']');
        } else if (value instanceof Map) {
            output.append('{');
            for (Map.Entry<?, ?> entry : ((Map<?, ?>) value).entrySet()) {
                write(entry.getKey(), output);
                output.append(':');
                write(entry.getValue(), output);
                output.append(',');
            }
            output.append('}');
        } else if (value == null) {
            output.append("null");
        } else if (value instanceof String) {
            output.append("s'").append(((String) value).replace("\n", "\\n").replace("\t", "\\t")).append('\'');
        } else if (value instanceof Boolean) {
            output.append(value);
        } else if (value instanceof Integer) {
            output.append('i').append(value);
        } else if (value instanceof Long) {
            output.append('l').append(value);
        } else if (value instanceof Double) {
            output.append('d').append(Long.toHexString(Double.doubleToLongBits((Double) value)));
        } else {
            output.append(value.getClass().getName());
        }
    }

    private static long processorTime() {
        return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    }

    /** Evaluates a set of expressions over and over for so many milliseconds of this thread, and prints nanoseconds each. */
    private static void measure(BufferedReader input, BufferedWriter output, long milliseconds) throws Exception {
        StandardEvaluationContext context = context(input.readLine().substring(1));
        List<Expression> expressions = new ArrayList<>();
        String line;
        while ((line = input.readLine()) != null) {
            expressions.add(PARSER.parseExpression(line.substring(1)));
        }
        // Two rounds whose times do not count let the compiler of the JVM do its work.
        double best = Double.MAX_VALUE;
        for (int round = 0; round < 5; round++) {
            long count = 0;
            int wanted = 0;
            long start = processorTime();
            long end = start + milliseconds * 1_000_000;
            while (processorTime() < end) {
                for (int pass = 0; pass < 100; pass++) {
                    for (Expression expression : expressions) {
                        if (Boolean.TRUE.equals(expression.getValue(context))) {
                            wanted++;
                        }
                    }
                }
                count += expressions.size() * 100L;
            }
            if (round >= 2) {
                best = Math.min(best, (double) (processorTime() - start) / count);
            }
            if (wanted == Integer.MIN_VALUE) {
                output.write("never\n");
            }
        }
        output.write(Double.toString(best) + "\n");
    }
}
