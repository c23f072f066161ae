{#- The value of a policy parameter in effect on a day.

    parameter_id: an id of warehouse/policy/parameters.yml
    on: a date expression
    Returns a scalar subquery (decimal); null, and so no alert, when no value is in effect. -#}
{% macro policy(parameter_id, on) -%}
    (
        select p.value
        from {{ ref('policy_parameters') }} as p
        where p.parameter_id = '{{ parameter_id }}' and p.valid_from <= {{ on }} and {{ on }} <= p.valid_to
    )
{%- endmacro %}
