{%- set feeds = [
    'agriculture__monitored_persons', 'civil_affairs__register', 'disabled_federation__certificates', 'finance__payments',
    'funeral__cremations', 'health__deaths', 'medical_insurance__settlements', 'police__population',
] -%}

-- Duplicates, footers and test rows (severity info) hide nothing: only rows that may be missing evidence stay.
with source as (
    {%- for feed in feeds %}
    select _feed, _batch_id, _row_number, _period_end, severity, hint_head_key, hint_tail_key, context
    from {{ source('lake', feed ~ '__quarantine') }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

renamed as (
    select
        -- ids
        _feed as feed_id,
        _batch_id as batch_id,
        _row_number as row_number,
        hint_head_key,
        hint_tail_key,
        {{ json_text('context', 'household_id_civil_affairs') }} as household_id_civil_affairs,
        -- dates
        _period_end as period_end_date,
        try_cast({{ json_text('context', 'benefit_month') }} as date) as benefit_month,
        -- categories
        {{ json_text('context', 'programme_code') }} as programme_code
    from source
    where severity <> 'info'
)

select * from renamed
