with source as (
    {{ corrected(source('lake', 'medical_insurance__settlements')) }}
),

renamed as (
    select
        -- ids
        settlement_id_medical,
        person_key,
        -- dates
        settlement_date,
        person_birth_date as birth_date,
        -- categories
        visit_type_code,
        diagnosis_code,
        person_sex_code as sex_code,
        -- amounts
        case when is_reversal then -abs(self_pay_yuan) else self_pay_yuan end as self_pay_yuan,
        case when is_reversal then -abs(total_yuan) else total_yuan end as medical_cost_yuan,
        -- flags
        is_reversal,
        -- provenance
        _corrections,
        _period_end,
        _batch_no,
        _row_number
    from source
)

select * from renamed
